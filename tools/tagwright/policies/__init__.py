"""Tags before they exist: plans of infrastructure judged, and the taxonomy as the clouds' policies.

:func:`check_file` judges one Terraform plan, CloudFormation template or Pulumi preview;
:func:`generate` writes the taxonomy down as rules that a cloud enforces by itself.
"""

from tagwright.policies.check import Finding, Report, check_file

__all__ = ["Finding", "Report", "check_file"]
