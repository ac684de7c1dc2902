"""Access associations, which belong to private custom domain names."""

import pytest


@pytest.mark.parametrize("operation", ["Create", "Delete", "Reject"])
def test_access_associations_are_refused_by_name(control, operation):
    refusal = control.refuses(f"{operation}DomainNameAccessAssociation")
    assert refusal == (
        "NotImplementedException",
        400,
        "Limen does not implement private custom domain names and their access associations yet",
    )


def test_there_are_no_access_associations(control):
    assert control("GetDomainNameAccessAssociations") == {"item": []}
