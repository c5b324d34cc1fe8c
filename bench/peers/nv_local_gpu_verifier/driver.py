# SPDX-License-Identifier: Apache-2.0
"""Verifies one H100 with PyPI's nv-local-gpu-verifier, as often as each line of standard input says.

Its own attest() runs, from the report's bytes to its token of claims: certificate chain, report, both manifests with
schema, chain and XML signature, measurements. Three things are set: where the evidence comes from, the instant at which
certificates are judged, and that nobody is asked about revocation, for which it has no way without a network.

Usage: driver.py REPORT CHAIN_PEM DRIVER_RIM VBIOS_RIM DRIVER VBIOS NONCE_HEX SECONDS_SINCE_1970
"""

import datetime
import logging
import os
import sys
import tempfile
import warnings

from OpenSSL import crypto


class ContextAtInstant(crypto.X509StoreContext):
    """Certificates are judged at one instant; the verifier and what it stands on know none but the present."""

    instant: datetime.datetime

    def __init__(self, store: crypto.X509Store, certificate: crypto.X509) -> None:
        store.set_time(self.instant)
        super().__init__(store, certificate)


class Gpu:
    """What the verifier asks of its device."""

    def __init__(self, report: bytes, chain: bytes, driver: str, vbios: str) -> None:
        self.report, self.chain, self.driver, self.vbios = report, chain, driver, vbios

    def get_gpu_architecture(self) -> int:
        return NVML_DEVICE_ARCH_HOPPER

    def get_uuid(self) -> str:
        return "GPU"

    def get_driver_version(self) -> str:
        return self.driver

    def get_vbios_version(self) -> str:
        return self.vbios

    def get_attestation_report(self) -> bytes:
        return self.report

    def get_attestation_cert_chain(self) -> list[crypto.X509]:
        return GpuCertificateChains.extract_cert_chain(self.chain)


def read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def quiet_standard_output():
    """The verifier prints there; what is left for the answers is returned."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    logging.disable(logging.CRITICAL)
    return answers


def options(driver_rim: str, vbios_rim: str) -> dict:
    absent = dict.fromkeys(("rim_service_url", "ocsp_url", "service_key"))
    off = dict.fromkeys(("allow_hold_cert", "ocsp_nonce_disabled", "verbose", "test_no_gpu"), False)
    return absent | off | {"claims_version": "3.0", "user_mode": True, "driver_rim": driver_rim, "vbios_rim": vbios_rim}


def main(report: str, chain: str, driver_rim: str, vbios_rim: str, driver: str, vbios: str, nonce: str) -> None:
    answers = quiet_standard_output()
    HopperSettings.set_driver_rim_path(driver_rim)
    CcAdminUtils.ocsp_certificate_chain_validation = staticmethod(lambda *_: (True, "", "good", None))
    gpu = Gpu(read(report), read(chain), driver, vbios)
    for line in sys.stdin:
        for _ in range(int(line)):
            accepted, _claims = attest(options(driver_rim, vbios_rim), nonce, [gpu])
            if not accepted:
                sys.exit("nv-local-gpu-verifier did not accept the GPU")
        print("done", file=answers, flush=True)


if __name__ == "__main__":
    ContextAtInstant.instant = datetime.datetime.fromtimestamp(int(sys.argv.pop()), datetime.timezone.utc)
    crypto.X509StoreContext = ContextAtInstant
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # importing it writes a log where one stands
        from pynvml import NVML_DEVICE_ARCH_HOPPER
        from verifier.cc_admin import attest
        from verifier.cc_admin_utils import CcAdminUtils
        from verifier.config import HopperSettings
        from verifier.nvml.gpu_cert_chains import GpuCertificateChains

        main(*sys.argv[1:])
