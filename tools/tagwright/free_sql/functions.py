"""What a free statement may name: functions, types and parts of DuckDB's tree. All else is refused.

Left out on purpose: whatever reads a file, a setting, a variable, the catalogue, the clock or
chance (a receipt could not reproduce it), runs text as SQL, or makes much out of little by one
call (``repeat``, ``lpad``, ``range``, ``printf``).
"""

from __future__ import annotations

__all__ = [
    "AGGREGATES",
    "EXPRESSIONS",
    "FUNCTIONS",
    "JOINS",
    "MODIFIERS",
    "QUERIES",
    "RELATIONS",
    "SQL_VALUES",
    "TYPES",
    "WINDOWS",
]

AGGREGATES = frozenset(
    """
    sum avg mean min max min_by max_by arg_min arg_max any_value first last median mode quantile
    quantile_cont quantile_disc stddev stddev_samp stddev_pop variance var_samp var_pop
    """.split()
)
"""Those that put amounts together: of several currencies they make no sense."""

FUNCTIONS = AGGREGATES | frozenset(
    """
    count count_star count_if bool_and bool_or corr covar_pop covar_samp regr_slope regr_intercept
    regr_r2 string_agg listagg group_concat list array_agg

    + - * / // % ^ ** & | << >> @ || abs ceil ceiling floor round trunc sign sqrt power pow ln log
    log10 log2 exp mod greatest least nullif if isfinite isnan typeof

    ~~ !~~ ~~* !~~* ~~~ like_escape not_like_escape ilike_escape not_ilike_escape
    lower upper lcase ucase length len strlen trim ltrim rtrim left right substring substr concat
    concat_ws replace starts_with prefix ends_with suffix contains strpos instr position split_part
    reverse string_split str_split regexp_matches regexp_full_match regexp_extract regexp_replace

    date_part datepart date_trunc datetrunc date_diff datediff date_sub datesub date_add year month
    day hour minute second quarter week dayofweek isodow dayofmonth dayofyear weekofyear yearweek
    isoyear dayname monthname last_day make_date make_timestamp strftime strptime try_strptime
    to_years to_quarters to_months to_weeks to_days to_hours to_minutes to_seconds timezone epoch
    time_bucket

    map map_keys map_values map_entries map_extract map_contains element_at cardinality row
    struct_pack struct_extract list_value list_contains list_has array_contains list_extract
    array_extract list_distinct list_sort array_length unnest

    -> ->> json_extract json_extract_string json_extract_path json_extract_path_text json_value
    json_exists json_array_length json_keys json_type json_valid
    """.split()
)

WINDOWS = frozenset(
    """
    row_number rank dense_rank rank_dense percent_rank cume_dist ntile lag lead first_value
    last_value nth_value
    """.split()
)
"""Functions that need ``OVER``."""

TYPES = frozenset(
    """
    boolean bool tinyint smallint integer int int2 int4 int8 bigint hugeint utinyint usmallint
    uinteger ubigint float real double float4 float8 decimal numeric varchar text string char date
    time timestamp datetime interval list map json
    """.split()
)

SQL_VALUES = frozenset(
    """
    current_catalog current_database current_date current_role current_schema current_time
    current_timestamp current_user get_current_time get_current_timestamp localtime localtimestamp
    now session_user today user
    """.split()
)
"""A column of that name that no table has is a function call without brackets."""

QUERIES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE"})

RELATIONS = frozenset({"BASE_TABLE", "SUBQUERY", "JOIN", "EXPRESSION_LIST", "EMPTY"})

JOINS = frozenset({"REGULAR", "CROSS", "NATURAL", "ASOF"})

MODIFIERS = frozenset(
    """
    ORDER_MODIFIER LIMIT_MODIFIER LIMIT_PERCENT_MODIFIER DISTINCT_MODIFIER
    ORDER_DEFAULT ASCENDING DESCENDING
    """.split()
)

EXPRESSIONS = frozenset(
    """
    COLUMN_REF POSITIONAL_REFERENCE STAR VALUE_CONSTANT FUNCTION CASE_EXPR SUBQUERY OPERATOR_CAST
    OPERATOR_NOT OPERATOR_IS_NULL OPERATOR_IS_NOT_NULL OPERATOR_COALESCE OPERATOR_NULLIF
    OPERATOR_TRY GROUPING_FUNCTION ARRAY_EXTRACT ARRAY_SLICE STRUCT_EXTRACT ARRAY_CONSTRUCTOR
    CONJUNCTION_AND CONJUNCTION_OR
    COMPARE_EQUAL COMPARE_NOTEQUAL COMPARE_LESSTHAN COMPARE_GREATERTHAN COMPARE_LESSTHANOREQUALTO
    COMPARE_GREATERTHANOREQUALTO COMPARE_IN COMPARE_NOT_IN COMPARE_BETWEEN COMPARE_NOT_BETWEEN
    COMPARE_DISTINCT_FROM COMPARE_NOT_DISTINCT_FROM
    WINDOW_AGGREGATE WINDOW_ROW_NUMBER WINDOW_RANK WINDOW_RANK_DENSE WINDOW_NTILE
    WINDOW_PERCENT_RANK WINDOW_CUME_DIST WINDOW_FIRST_VALUE WINDOW_LAST_VALUE WINDOW_LEAD
    WINDOW_LAG WINDOW_NTH_VALUE
    """.split()
)
