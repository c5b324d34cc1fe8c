// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/x509"
	"time"

	"github.com/google/go-tdx-guest/verify"
)

// Chain and signatures at the instant, without collateral: it compares the
// FMSPC of the certificate, in small letters, with that of the TCB info as
// text, and so refuses what Intel publishes in large ones.
func tdxVerifier(quote, root []byte, now time.Time) func() error {
	roots := x509.NewCertPool()
	roots.AddCert(must(x509.ParseCertificate(root)))
	return func() error {
		return verify.RawTdxQuote(quote, &verify.Options{TrustedRoots: roots, Now: now})
	}
}
