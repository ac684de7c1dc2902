"""API mappings as both APIs store them, beside all others of their domain name."""

from limen.aws.errors import AwsError, bad_request
from limen.control.call import Call
from limen.control.domains.checks import check_mappings
from limen.control.domains.documents import MAPPING, mappings_of
from limen.features.domain_names.records import RULES_ONLY
from limen.store.documents import Document


def check_may_map(domain: Document) -> None:
    """Before one more is made; those that there are may be seen, changed and deleted in every mode."""
    if domain["routingMode"] == RULES_ONLY:
        raise bad_request(f"API mappings cannot be created for a domain name whose routing mode is {RULES_ONLY}")


def put_mapping(call: Call, domain: Document, mapping: Document, taken: AwsError) -> None:
    """`taken`: what is raised where another mapping has its key."""
    parent = mappings_of(domain["domainName"])
    mapping_id = mapping["apiMappingId"]
    others = [other for other_id, other in call.documents.list(MAPPING, parent) if other_id != mapping_id]
    if any(other.get("apiMappingKey") == mapping.get("apiMappingKey") for other in others):
        raise taken
    check_mappings(call, domain, [*others, mapping])
    call.documents.put(MAPPING, parent, mapping_id, mapping)
