// SPDX-License-Identifier: Apache-2.0
//! Verifies one SEV-SNP report of a Milan machine with the crate `sev`, as
//! often as each line of standard input says. The crate checks the signatures
//! of ARK, ASK, VCEK and report; it looks at no dates and no revocation list.
//!
//! Usage: sev_driver REPORT VCEK_PEM ASK_PEM

use sev::certs::snp::{builtin::milan, ca, Certificate, Chain, Verifiable};
use sev::firmware::guest::AttestationReport;
use sev::parser::ByteParser;
use std::io::{self, BufRead, Write};

fn verify(report: &[u8], vcek: &[u8], ask: &[u8]) -> io::Result<()> {
    let chain = Chain {
        ca: ca::Chain {
            ark: milan::ark()?,
            ask: Certificate::from_pem(ask)?,
        },
        vek: Certificate::from_pem(vcek)?,
    };
    let report = AttestationReport::from_bytes(report)?;
    (&chain, &report).verify()
}

fn main() -> io::Result<()> {
    let files = std::env::args()
        .skip(1)
        .map(std::fs::read)
        .collect::<io::Result<Vec<_>>>()?;
    let [report, vcek, ask] = files.as_slice() else {
        return Err(io::Error::other(
            "usage: sev_driver REPORT VCEK_PEM ASK_PEM",
        ));
    };
    for line in io::stdin().lock().lines() {
        for _ in 0..line?.trim().parse::<u64>().map_err(io::Error::other)? {
            verify(report, vcek, ask)?;
        }
        println!("done");
        io::stdout().flush()?;
    }
    Ok(())
}
