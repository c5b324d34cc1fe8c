# SPDX-License-Identifier: Apache-2.0
"""Verifies one TDX quote with PyPI's dcap-qvl, as often as each line of standard input says.

Usage: driver.py QUOTE COLLATERAL_JSON SECONDS_SINCE_1970
"""

import sys

import dcap_qvl


def main(quote_file: str, collateral_file: str, seconds: str) -> None:
    with open(quote_file, "rb") as file:
        quote = file.read()
    with open(collateral_file, encoding="utf-8") as file:
        collateral = dcap_qvl.QuoteCollateralV3.from_json(file.read())
    for line in sys.stdin:
        for _ in range(int(line)):
            if dcap_qvl.verify(quote, collateral, int(seconds)).status != "UpToDate":
                sys.exit("dcap-qvl did not find the platform up to date")
        print("done", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
