"""Block Kit as HTML that looks like Slack closely enough to judge what is posted.

All blocks that the product posts are drawn; one that is not known is an error, so that no picture
leaves anything out. Everything is escaped: names of bills are data here too.
"""

from __future__ import annotations

import base64
import html
import re
from typing import TYPE_CHECKING, Any

from tagwright_evals.slack_pictures.scenes import NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tagwright_evals.slack_pictures.scenes import Picture, Said

__all__ = ["page"]

_COLOURS = ("#1264a3", "#e8912d", "#2bac76", "#cd2553", "#7c3aed", "#5b6570")
_STYLE = """
* { box-sizing: border-box } body { margin: 0; background: #fff }
#page { padding: 14px 16px; font: 15px/1.46 Lato, "Liberation Sans", Arial, sans-serif;
  color: #1d1c1d }
.message { display: grid; grid-template-columns: 36px 1fr; gap: 0 8px; margin: 0 0 14px }
.message > div { min-width: 0 } .face { width: 36px; height: 36px; border-radius: 8px;
  color: #fff; font-weight: 700; display: grid; place-items: center }
.who { font-weight: 800 } .badge { font-size: 10px; background: #e8e8e8; border-radius: 2px;
  padding: 1px 4px; margin-left: 5px; color: #616061; vertical-align: 1px }
.at, .small { color: #616061; font-size: 12px } .at { margin-left: 6px }
.block { margin: 4px 0 8px; overflow-wrap: anywhere } .context { color: #616061; font-size: 13px }
code { font: 12px/1.5 "Liberation Mono", monospace; color: #c01343; background: #f6f6f6;
  border: 1px solid #ddd; border-radius: 3px; padding: 1px 3px }
pre { font: 12px/1.5 "Liberation Mono", monospace; background: #f8f8f8; border: 1px solid #ddd;
  border-radius: 4px; padding: 8px; white-space: pre-wrap; margin: 2px 0 }
ul { margin: 2px 0; padding-left: 24px } h3 { font-size: 18px; margin: 14px 0 4px }
.table { overflow-x: hidden; border: 1px solid #ddd; border-radius: 8px }
table { border-collapse: collapse; width: 100%; font-size: 13px } th { background: #f8f8f8;
  text-align: left } th, td { padding: 6px 10px; border-bottom: 1px solid #e8e8e8;
  white-space: nowrap; min-width: 90px; max-width: 260px; overflow: hidden;
  text-overflow: ellipsis } tr:last-child td { border: 0 }
.right { text-align: right; font-variant-numeric: tabular-nums }
.buttons { display: flex; flex-wrap: wrap; gap: 8px } .button { border: 1px solid #bbb;
  border-radius: 8px; padding: 4px 12px; font-weight: 700; font-size: 14px; background: #fff }
.primary { background: #007a5a; border-color: #007a5a; color: #fff }
.danger { border-color: #e01e5a; color: #e01e5a } .chart { border: 1px solid #ddd;
  border-radius: 8px; padding: 10px } .chart b { font-size: 14px } svg { width: 100%; height: auto }
svg text { font: 11px "Liberation Sans", Arial, sans-serif; fill: #616061 }
.modal { border: 1px solid #ccc; border-radius: 10px; padding: 14px 18px; max-width: 520px;
  margin: 0 auto; box-shadow: 0 4px 16px #0003 } .modal h3 { margin-top: 0 }
.field { border: 1px solid #868686; border-radius: 5px; padding: 6px 10px; min-height: 34px }
.label { font-weight: 700 } .end { justify-content: flex-end; margin-top: 14px }
img { max-width: 100%; max-height: 360px; border: 1px solid #ddd; border-radius: 8px }
.only { color: #616061; font-size: 12px } hr { border: 0; border-top: 1px solid #ddd }
"""


def page(picture: Picture, width: int) -> str:
    """One HTML document, its content ``width`` CSS pixels wide."""
    if picture.kind == "thread":
        made = "".join(map(_message, picture.said))
    else:
        draw = _home if picture.kind == "home" else _form
        made = "".join(draw(one.view) for one in picture.said if one.view)
    style = f"{_STYLE}#page {{ width: {width}px }}"
    return (f'<!doctype html><meta charset="utf-8"><style>{style}</style>'
            f'<div id="page">{made}</div>')  # fmt: skip


def _message(said: Said) -> str:
    name = NAMES.get(said.who, "Somebody") if said.who else "Tagwright"
    badge = "" if said.who else '<span class="badge">APP</span>'
    only = '<div class="only">Only visible to you</div>' if said.private else ""
    colour = _COLOURS[sum(map(ord, name)) % 5] if said.who else "#1f2a37"
    body = f'<div class="block">{_text(said.text)}</div>' if said.text else _blocks(said.blocks)
    if said.image:
        source = base64.b64encode(said.image).decode()
        body += f'<img src="data:image/png;base64,{source}">'
    return (
        f'<div class="message"><div class="face" style="background:{colour}">{name[0]}</div><div>'
        f'<span class="who">{name}</span>{badge}<span class="at">10:24 AM</span>{only}'
        f"{body}</div></div>"
    )


def _home(view: dict[str, Any]) -> str:
    return _blocks(view["blocks"])


def _form(view: dict[str, Any]) -> str:
    buttons = "".join(
        _button({"text": view[name], "style": style})
        for name, style in (("close", ""), ("submit", "primary"))
    )
    return (
        f'<div class="modal"><h3>{_text(view["title"]["text"])}</h3>{_blocks(view["blocks"])}'
        f'<div class="buttons end">{buttons}</div></div>'
    )


def _blocks(blocks: Iterable[dict[str, Any]]) -> str:
    return "".join(f'<div class="block {b["type"]}">{_DRAWN[b["type"]](b)}</div>' for b in blocks)


def _text(text: str) -> str:
    return html.escape(text).replace("\n", "<br>")


def _mrkdwn(text: str) -> str:
    """Fences, code and entities: what the product's texts have of it."""
    parts = re.split(r"```(.*?)```", text, flags=re.DOTALL)
    made = [
        f"<pre>{html.escape(html.unescape(part))}</pre>" if number % 2
        else re.sub(r"`(.*?)`", r"<code>\1</code>", _text(html.unescape(part)))
        for number, part in enumerate(parts)
    ]  # fmt: skip
    return "".join(made)


def _object(text: dict[str, Any]) -> str:
    return _mrkdwn(text["text"]) if text["type"] == "mrkdwn" else _text(text["text"])


def _rich(block: dict[str, Any]) -> str:
    made = []
    for part in block["elements"]:
        if part["type"] == "rich_text_list":
            items = "".join(f"<li>{_spans(item['elements'])}</li>" for item in part["elements"])
            made.append(f"<ul>{items}</ul>")
        elif part["type"] == "rich_text_preformatted":
            made.append(f"<pre>{_spans(part['elements'])}</pre>")
        else:
            made.append(f"<div>{_spans(part['elements'])}</div>")
    return "".join(made)


def _spans(elements: Iterable[dict[str, Any]]) -> str:
    made = []
    for one in elements:
        text = _text(one["text"])
        style = one.get("style", {})
        for name, tag in (("bold", "b"), ("italic", "i"), ("code", "code")):
            text = f"<{tag}>{text}</{tag}>" if style.get(name) else text
        made.append(text)
    return "".join(made)


def _table(block: dict[str, Any]) -> str:
    head, *rows = block["rows"]
    numbers = [all(c["type"] == "raw_number" for c in column) for column in zip(*rows, strict=True)]

    def line(cells: list[dict[str, Any]], tag: str) -> str:
        return "".join(
            f"<{tag}{' class=right' * at_right}>{_text(cell['text'])}</{tag}>"
            for cell, at_right in zip(cells, numbers, strict=True)
        )

    body = "".join(f"<tr>{line(row, 'td')}</tr>" for row in rows)
    return f'<div class="table"><table><tr>{line(head, "th")}</tr>{body}</table></div>'


def _chart(block: dict[str, Any]) -> str:
    chart = block["chart"]
    labels, series = chart["axis_config"]["categories"], chart["series"]
    values = [[point["value"] for point in one["data"]] for one in series]
    top = max(0.0, *(v for one in values for v in one)) or 1.0
    low = min(0.0, *(v for one in values for v in one))
    step = 640 / len(labels)

    def y(value: float) -> float:
        return 180.0 - 160.0 * float(value - low) / float(top - low)

    drawn = []
    for number, one in enumerate(values):
        colour = _COLOURS[number]
        if chart["type"] == "line":
            points = " ".join(f"{50 + step * (n + 0.5):.1f},{y(v):.1f}" for n, v in enumerate(one))
            drawn.append(
                f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2.5"/>'
            )
            continue
        wide = step * 0.7 / len(values)
        for n, v in enumerate(one):
            x = 50 + step * (n + 0.15) + wide * number
            drawn.append(
                f'<rect x="{x:.1f}" y="{min(y(v), y(0)):.1f}" width="{wide:.1f}" '
                f'height="{abs(y(v) - y(0)):.1f}" fill="{colour}" rx="2"/>'
            )
    drawn += [
        _label(50 + step * (n + 0.5), label, slanted=step < 80) for n, label in enumerate(labels)
    ]
    unit = _text(chart["axis_config"].get("y_label", ""))
    drawn.append(f'<text x="44" y="{y(top) + 4:.1f}" text-anchor="end">{top:,.0f}</text>')
    key = "".join(
        f'<span class="small"><span style="color:{_COLOURS[n]}">&#9632;</span> '
        f"{_text(one['name'])}&ensp;</span>"
        for n, one in enumerate(series)
    )
    return (
        f'<div class="chart"><b>{_text(block["title"])}</b> <span class="small">{unit}</span>'
        f'<svg viewBox="0 0 700 240">{"".join(drawn)}</svg>{key if len(series) > 1 else ""}</div>'
    )


def _label(x: float, label: str, *, slanted: bool) -> str:
    turned = f'text-anchor="end" transform="rotate(-24 {x:.1f} 196)"'
    how = turned if slanted else 'text-anchor="middle"'
    return f'<text x="{x:.1f}" y="196" {how}>{_text(label)}</text>'


def _button(button: dict[str, Any]) -> str:
    return f'<span class="button {button.get("style", "")}">{_text(button["text"]["text"])}</span>'


def _buttons(block: dict[str, Any]) -> str:
    return f'<div class="buttons">{"".join(map(_button, block["elements"]))}</div>'


def _feedback(block: dict[str, Any]) -> str:
    made = [
        f'<span class="small">{sign} {_text(one[side]["text"]["text"])}&emsp;</span>'
        for one in block["elements"]
        for sign, side in (("&#128077;", "positive_button"), ("&#128078;", "negative_button"))
    ]
    return "".join(made)


def _context(block: dict[str, Any]) -> str:
    return "<br>".join(map(_object, block["elements"]))


def _input(block: dict[str, Any]) -> str:
    optional = ' <span class="small">(optional)</span>' if block.get("optional") else ""
    value = _text(block["element"].get("initial_value", ""))
    hint = f'<div class="small">{_text(block["hint"]["text"])}</div>' if "hint" in block else ""
    label = _text(block["label"]["text"])
    return (f'<div class="label">{label}{optional}</div><div class="field">{value}</div>'
            f"{hint}")  # fmt: skip


_DRAWN: dict[str, Callable[[dict[str, Any]], str]] = {
    "actions": _buttons,
    "context": _context,
    "context_actions": _feedback,
    "data_table": _table,
    "data_visualization": _chart,
    "divider": lambda _: "<hr>",
    "header": lambda block: f"<h3>{_object(block['text'])}</h3>",
    "input": _input,
    "rich_text": _rich,
    "section": lambda block: _object(block["text"]),
}
