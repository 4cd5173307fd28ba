"""FOCUS ServiceCategory of Azure meters, which a cost export does not name.

Categories are those of FOCUS 1.4, "Service Category". First counts the meter category, then, where
a row has none (purchases, the Marketplace), the resource provider that was used, then the service
family (learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices). What is in
no table is ``Other``: it is not guessed from its name.
"""

from __future__ import annotations

__all__ = ["BY_FAMILY", "BY_METER", "BY_PROVIDER"]

_METERS = {
    "AI and Machine Learning": (
        "Azure OpenAI, Azure OpenAI Service, Cognitive Services, Foundry Models, Foundry Tools, "
        "Azure Machine Learning, Azure AI services, Azure AI Search, Azure Cognitive Search, "
        "Azure Bot Service, Machine Learning Studio"
    ),
    "Analytics": (
        "Azure Data Factory, Azure Data Factory v2, Azure Databricks, Azure Synapse Analytics, "
        "Azure Data Explorer, Event Hubs, HDInsight, Stream Analytics, Power BI, Microsoft Fabric"
    ),
    "Compute": (
        "Virtual Machines, Virtual Machines Licenses, Azure App Service, Functions, "
        "Container Instances, Azure Kubernetes Service, Container Registry, Cloud Services, "
        "Azure Container Apps, Azure Spring Cloud, Service Fabric Mesh"
    ),
    "Databases": (
        "SQL Database, SQL Managed Instance, Azure Cosmos DB, Redis Cache, SQL Data Warehouse, "
        "Azure Database for MySQL, Azure Database for PostgreSQL, Azure Database for MariaDB"
    ),
    "Integration": "Logic Apps, Service Bus, API Management, Event Grid, Notification Hubs",
    "Management and Governance": (
        "Azure Monitor, Log Analytics, Automation, Application Insights, Insight and Analytics, "
        "Azure Policy"
    ),
    "Multicloud": "Azure Arc",
    "Networking": (
        "Virtual Network, Bandwidth, Load Balancer, VPN Gateway, ExpressRoute, Azure DNS, "
        "Application Gateway, Azure Firewall, Content Delivery Network, NAT Gateway, "
        "Azure Front Door Service, Traffic Manager, Network Watcher, Azure Bastion, Virtual WAN"
    ),
    "Security": (
        "Key Vault, Microsoft Defender for Cloud, Security Center, Sentinel, "
        "Advanced Threat Protection"
    ),
    "Storage": "Storage, Backup, Azure NetApp Files, Azure Site Recovery, Data Box",
}
_PROVIDERS = {
    "AI and Machine Learning": (
        "Microsoft.CognitiveServices, Microsoft.MachineLearningServices, Microsoft.BotService"
    ),
    "Analytics": "Microsoft.Databricks, Microsoft.Synapse, Microsoft.Kusto, Microsoft.Fabric",
    "Compute": "Microsoft.Compute, Microsoft.ContainerService, Microsoft.ContainerInstance",
    "Databases": "Microsoft.Sql, Microsoft.DocumentDB, Microsoft.Cache",
    "Networking": "Microsoft.Network, Microsoft.Cdn",
    "Security": "Microsoft.KeyVault, Microsoft.Security",
    "Storage": "Microsoft.Storage, Microsoft.NetApp",
}
_FAMILIES = {
    "AI and Machine Learning": "AI + Machine Learning",
    "Analytics": "Analytics",
    "Business Applications": "Dynamics, Power Platform, Microsoft Syntex",
    "Compute": "Compute, Containers, Quantum Computing, Windows Virtual Desktop",
    "Databases": "Databases",
    "Developer Tools": "Developer Tools",
    "Integration": "Integration, Azure Communication Services",
    "Internet of Things": "Internet of Things",
    "Management and Governance": "Management and Governance",
    "Media": "Gaming, Mixed Reality",
    "Multicloud": "Azure Arc, Azure Stack",
    "Networking": "Networking",
    "Security": "Security, Azure Security",
    "Storage": "Storage",
    "Web": "Web",
}


def _by_name(table: dict[str, str]) -> dict[str, str]:
    """Name in lower case to category; exports of the two agreements differ in case."""
    return {
        name.casefold(): category for category, names in table.items() for name in names.split(", ")
    }


BY_METER = _by_name(_METERS)
"""Meter category to FOCUS ServiceCategory; names in lower case, as in the other two."""
BY_PROVIDER = _by_name(_PROVIDERS)
"""Resource provider (the export's ``ConsumedService``) to FOCUS ServiceCategory."""
BY_FAMILY = _by_name(_FAMILIES)
"""Service family to FOCUS ServiceCategory."""
