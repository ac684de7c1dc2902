"""What Terraform's AWS provider sends of custom domain names, and that it reads back what was configured."""

from typing import Any

from tests.e2e.test_terraform_like import ACCOUNT, client, method, patches, replacements, stage
from tests.support.client_certificates import make_root
from tests.support.limen_process import LimenProcess

__all__ = ("client", "method", "stage")
CERTIFICATE = f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/12345678-1234-1234-1234-123456789012"


def test_a_domain_name_and_its_mappings_change_in_place(client: Any, stage: dict[str, str]) -> None:
    domain, api_id = "terraform.example.com", stage["restApiId"]
    client.create_domain_name(domainName=domain, certificateArn=CERTIFICATE)
    operations = [
        ("replace", "/certificateArn", ""),
        ("replace", "/endpointConfiguration/types/0", "REGIONAL"),
        ("replace", "/regionalCertificateArn", CERTIFICATE),
        ("replace", "/securityPolicy", "TLS_1_2"),
    ]
    client.update_domain_name(domainName=domain, patchOperations=patches(*operations))
    read = client.get_domain_name(domainName=domain)
    assert (read["endpointConfiguration"]["types"], read["domainNameStatus"]) == (["REGIONAL"], "AVAILABLE")
    assert "certificateArn" not in read

    client.create_base_path_mapping(domainName=domain, basePath="", restApiId=api_id, stage="prod")
    mapping = client.get_base_path_mapping(domainName=domain, basePath="(none)")
    assert (mapping["basePath"], mapping["stage"]) == ("(none)", "prod")
    moved = replacements(basePath="v1", stage="")
    client.update_base_path_mapping(domainName=domain, basePath="(none)", patchOperations=moved)
    assert "stage" not in client.get_base_path_mapping(domainName=domain, basePath="v1")
    client.update_base_path_mapping(domainName=domain, basePath="v1", patchOperations=replacements(basePath=""))
    client.delete_base_path_mapping(domainName=domain, basePath="(none)")
    client.delete_domain_name(domainName=domain)


def test_a_domain_name_with_mutual_tls_is_read_as_it_was_configured(limen: LimenProcess, client: Any) -> None:
    domain, http, acm = "mutual.example.com", limen.client(), limen.client("acm")
    truststores = limen.data_directory / "buckets" / "limen-truststores"
    truststores.mkdir(parents=True, exist_ok=True)
    (truststores / "terraform.pem").write_text(make_root().pem)
    requested = acm.request_certificate(DomainName=domain, ValidationMethod="DNS", Tags=[{"Key": "team", "Value": "a"}])
    arn = {"CertificateArn": requested["CertificateArn"]}
    certificate = acm.describe_certificate(**arn)["Certificate"]
    assert (certificate["Status"], certificate["DomainValidationOptions"][0]["DomainName"]) == ("ISSUED", domain)
    configuration = {**arn, "EndpointType": "REGIONAL", "SecurityPolicy": "TLS_1_2"}
    truststore = {"TruststoreUri": "s3://limen-truststores/terraform.pem"}
    named = {"DomainName": domain, "DomainNameConfigurations": [configuration]}
    http.create_domain_name(**named, MutualTlsAuthentication=truststore)

    read = http.get_domain_name(DomainName=domain)
    assert read["DomainNameConfigurations"][0].items() >= configuration.items()
    assert read["MutualTlsAuthentication"] == truststore
    assert client.get_domain_name(domainName=domain)["mutualTlsAuthentication"] == {
        "truststoreUri": truststore["TruststoreUri"]
    }
    http.update_domain_name(**named, MutualTlsAuthentication={"TruststoreUri": ""})
    assert "MutualTlsAuthentication" not in http.get_domain_name(DomainName=domain)
    http.delete_domain_name(DomainName=domain)
    acm.delete_certificate(**arn)
