// SPDX-License-Identifier: Apache-2.0

// Verifies one file of evidence with go-sev-guest or go-tdx-guest, as often as
// each line of standard input says.
//
//	driver snp REPORT VCEK_PEM ASK_PEM CRL_PEM SECONDS_SINCE_1970
//	driver tdx QUOTE ROOT_PEM SECONDS_SINCE_1970
package main

import (
	"bufio"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/google/logger"
)

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, "driver:", err)
		os.Exit(1)
	}
	return value
}

func fromPEM(file string) []byte {
	block, _ := pem.Decode(must(os.ReadFile(file)))
	if block == nil {
		must(0, fmt.Errorf("%s is not PEM", file))
	}
	return block.Bytes
}

func instant(seconds string) time.Time {
	return time.Unix(must(strconv.ParseInt(seconds, 10, 64)), 0)
}

func verifierOf(words []string) func() error {
	switch {
	case len(words) == 6 && words[0] == "snp":
		return snpVerifier(must(os.ReadFile(words[1])), fromPEM(words[2]), fromPEM(words[3]), fromPEM(words[4]), instant(words[5]))
	case len(words) == 4 && words[0] == "tdx":
		return tdxVerifier(must(os.ReadFile(words[1])), fromPEM(words[2]), instant(words[3]))
	}
	fmt.Fprintln(os.Stderr, "driver: snp REPORT VCEK ASK CRL SECONDS | tdx QUOTE ROOT SECONDS")
	os.Exit(2)
	return nil
}

func main() {
	logger.Init("", false, false, io.Discard)
	verify := verifierOf(os.Args[1:])
	in := bufio.NewReader(os.Stdin)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		for count := must(strconv.Atoi(strings.TrimSpace(line))); count > 0; count-- {
			must(0, verify())
		}
		fmt.Println("done")
	}
}
