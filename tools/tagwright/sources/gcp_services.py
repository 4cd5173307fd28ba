"""FOCUS ServiceCategory of Google Cloud services, which the billing export does not name.

Categories are those of FOCUS 1.4, "Service Category"; services are ``service.description`` as the
Cloud Billing catalogue writes it (cloud.google.com/skus). A service that is not here is ``Other``:
it is not guessed from its name.
"""

from __future__ import annotations

__all__ = ["AI_PREFIX", "SERVICE_CATEGORIES"]

AI_PREFIX = "Claude "
"""Partner models on Vertex AI are billed as services of their own, e.g. ``Claude Opus 4.6``."""

_SERVICES = {
    "AI and Machine Learning": (
        "Vertex AI, Gemini API, AI Platform, Cloud Machine Learning Engine, Cloud AutoML, "
        "Cloud Natural Language, Cloud Speech API, Cloud Text-to-Speech API, Cloud Vision API, "
        "Cloud Video Intelligence API, Translate, Cloud Document AI API, Cloud Dialogflow API, "
        "Recommendations AI"
    ),
    "Analytics": (
        "BigQuery, BigQuery Reservation API, BigQuery Storage API, BigQuery BI Engine, "
        "BigQuery Data Transfer Service, Cloud Dataflow, Cloud Dataproc, Cloud Data Fusion, "
        "Cloud Composer, Dataplex, Data Catalog, Looker, Looker Studio"
    ),
    "Business Applications": "Google Workspace",
    "Compute": (
        "Compute Engine, Kubernetes Engine, Cloud Run, Cloud Run Functions, Cloud Functions, "
        "App Engine, Cloud TPU, VMware Engine, Batch"
    ),
    "Databases": (
        "Cloud SQL, Cloud Spanner, Cloud Bigtable, Cloud Firestore, Cloud Datastore, AlloyDB, "
        "Cloud Memorystore for Redis, Cloud Memorystore for Memcached"
    ),
    "Developer Tools": "Cloud Build, Artifact Registry, Cloud Deploy, Cloud Workstations",
    "Identity": "Identity Platform, Cloud Identity",
    "Integration": (
        "Cloud Pub/Sub, Cloud Tasks, Cloud Scheduler, Workflows, Eventarc, Apigee, API Gateway, "
        "Application Integration"
    ),
    "Management and Governance": "Cloud Logging, Cloud Monitoring, Support",
    "Networking": "Networking, Cloud DNS",
    "Security": (
        "Cloud Key Management Service (KMS), Secret Manager, Security Command Center, "
        "reCAPTCHA Enterprise, Certificate Authority Service"
    ),
    "Storage": "Cloud Storage, Cloud Filestore, Backup for GKE",
}

SERVICE_CATEGORIES: dict[str, str] = {
    service: category for category, names in _SERVICES.items() for service in names.split(", ")
}
"""Service description to FOCUS ServiceCategory."""
