// SPDX-License-Identifier: Apache-2.0
// Reports that a paravisor passes on to its guest through a vTPM, as Azure's
// does: REPORT_DATA is the SHA-256 of the paravisor's runtime data, a JSON that
// names the vTPM's attestation key, followed by 32 zero bytes. Whatever the
// guest wants to prove is then signed by that key, which is not judged here.
// Pure. Findings: paravisor_report_data and paravisor_runtime_data always
// decide; paravisor_data_missing warns. Source: FORMATS.md 4, "Azure".
#pragma once

#include <optional>

#include "attest/rules.h"

namespace aipg::attest {

// `report_data` is 64 bytes of verified evidence; `runtime_data` the exact bytes that it should be about.
void check_paravisor(ByteView report_data, const std::optional<ByteView>& runtime_data, Rules& rules);

}  // namespace aipg::attest
