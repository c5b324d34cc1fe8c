// SPDX-License-Identifier: Apache-2.0
#include "attest/paravisor.h"

#include "crypto/digest.h"

namespace aipg::attest {

void check_paravisor(ByteView report_data, const std::optional<ByteView>& runtime_data, Rules& rules) {
  const ByteView digest = report_data.first(32), rest = report_data.subspan(32);
  rules.require(!all_zero(digest) && all_zero(rest), "paravisor_report_data",
                "REPORT_DATA is not a digest and 32 zero bytes, as a paravisor fills it");
  if (!runtime_data) {
    rules.add("paravisor_data_missing", Severity::warning, "the paravisor's data was not given");
    return;
  }
  const Hash256 actual = crypto::sha256(*runtime_data);
  rules.require(equal(digest, actual), "paravisor_runtime_data", "the report is about other data",
                [&] { return compare_bytes(digest, actual); });
}

}  // namespace aipg::attest
