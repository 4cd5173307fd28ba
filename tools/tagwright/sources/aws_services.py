"""FOCUS ServiceCategory of AWS product codes, where a Cost and Usage Report names none.

Categories are those of FOCUS 1.4, "Service Category"; codes are CUR's ``line_item_product_code``
(docs.aws.amazon.com/cur/latest/userguide/Lineitem-columns.html). A code that is not here is
``Other``: it is not guessed from its name.
"""

from __future__ import annotations

__all__ = ["SERVICE_CATEGORIES"]

_CODES = {
    "AI and Machine Learning": (
        "AmazonBedrock AmazonBedrockService AmazonBedrockFoundationModels AmazonBedrockAgentCore "
        "AmazonSageMaker comprehend AmazonComprehend AmazonRekognition AmazonTextract "
        "AmazonTranscribe transcribe AmazonPolly AmazonLex AmazonKendra AmazonPersonalize "
        "AmazonForecast AmazonTranslate translate AmazonQ AmazonCodeWhisperer"
    ),
    "Analytics": (
        "AmazonAthena AWSGlue AmazonKinesis AmazonKinesisFirehose AmazonKinesisAnalytics "
        "ElasticMapReduce AmazonQuickSight AmazonMSK AmazonES AWSLakeFormation AmazonDataZone"
    ),
    "Compute": (
        "AmazonEC2 AWSLambda AmazonECS AmazonEKS AmazonLightsail AWSElasticBeanstalk AWSBatch "
        "AmazonECR AmazonECRPublic AWSAppRunner AmazonWorkSpaces"
    ),
    "Databases": (
        "AmazonRDS AmazonDynamoDB AmazonElastiCache AmazonRedshift AmazonDocDB AmazonNeptune "
        "AmazonMemoryDB AmazonTimestream AmazonKeyspaces AmazonDAX"
    ),
    "Developer Tools": (
        "AWSCodeCommit CodeBuild AWSCodeBuild AWSCodePipeline AWSCodeArtifact AWSXRay "
        "AWSCloudShell AmazonCodeGuru"
    ),
    "Integration": (
        "AWSQueueService AmazonSNS AmazonApiGateway AmazonStates AWSEvents AmazonMQ AWSAppSync "
        "AWSMigrationHubRefactorSpaces"
    ),
    "Management and Governance": (
        "AmazonCloudWatch AWSCloudTrail AWSConfig AWSSystemsManager AWSServiceCatalog "
        "AWSCostExplorer AWSBudgets AWSCloudFormation AWSSupportBusiness AWSSupportEnterprise "
        "AWSSupportDeveloper"
    ),
    "Networking": (
        "AmazonVPC AWSELB AmazonCloudFront AmazonRoute53 AWSDirectConnect AWSDataTransfer "
        "AWSGlobalAccelerator AWSTransitGateway AWSNetworkFirewall"
    ),
    "Security": (
        "awskms AWSSecretsManager AmazonGuardDuty AmazonInspector AmazonInspectorV2 AmazonMacie "
        "awswaf AWSSecurityHub AWSShield AmazonCognito AWSCertificateManager AmazonDetective"
    ),
    "Storage": (
        "AmazonS3 AmazonEFS AmazonFSx AmazonGlacier AWSBackup AWSStorageGateway "
        "AmazonS3GlacierDeepArchive"
    ),
}

SERVICE_CATEGORIES: dict[str, str] = {
    code: category for category, codes in _CODES.items() for code in codes.split()
}
"""Product code to FOCUS ServiceCategory."""
