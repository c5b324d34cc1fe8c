// SPDX-License-Identifier: Apache-2.0

// What go-sev-guest says of reports, one a line. In: seconds since 1970, then a
// report, its VCEK or VLEK and its ASK in hexadecimal ("-" for none). Out:
// "accepted", or "rejected" and why.
package main

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-sev-guest/abi"
	"github.com/google/go-sev-guest/proto/sevsnp"
	"github.com/google/go-sev-guest/verify"
	"github.com/google/logger"
)

func bytesOf(word string) []byte {
	if word == "-" {
		return nil
	}
	out, err := hex.DecodeString(word)
	if err != nil {
		panic(err)
	}
	return out
}

func judge(words []string) (err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = fmt.Errorf("PANIC: %v", caught)
		}
	}()
	seconds, err := strconv.ParseInt(words[0], 10, 64)
	if err != nil {
		return err
	}
	report, err := abi.ReportToProto(bytesOf(words[1]))
	if err != nil {
		return err
	}
	chain := &sevsnp.CertificateChain{VcekCert: bytesOf(words[2]), AskCert: bytesOf(words[3])}
	if info, err := abi.ParseSignerInfo(report.GetSignerInfo()); err == nil && info.SigningKey == abi.VlekReportSigner {
		chain = &sevsnp.CertificateChain{VlekCert: bytesOf(words[2]), AskCert: bytesOf(words[3])}
	}
	attestation := &sevsnp.Attestation{Report: report, CertificateChain: chain}
	options := &verify.Options{DisableCertFetching: true, Now: time.Unix(seconds, 0)}
	return verify.SnpAttestation(attestation, options)
}

func main() {
	logger.Init("", false, false, io.Discard)
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		if why := judge(strings.Fields(line)); why != nil {
			fmt.Println("rejected", strings.ReplaceAll(why.Error(), "\n", " "))
		} else {
			fmt.Println("accepted")
		}
	}
}
