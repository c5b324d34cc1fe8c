// SPDX-License-Identifier: Apache-2.0
#include "attest/tdx/enclave_report.h"

#include "base/byte_reader.h"

namespace aipg::attest::tdx {

Result<EnclaveReport> parse_enclave_report(ByteView report) {
  ByteReader in(report);
  EnclaveReport out;
  out.cpu_svn = in.take(16);
  out.misc_select = in.take(4);
  in.skip(28);  // CPU features of later generations, none of which is judged
  out.attributes = in.take(16);
  out.mrenclave = in.take(32);
  in.skip(32);
  out.mrsigner = in.take(32);
  in.skip(96);
  out.isv_prod_id = in.u16le();
  out.isv_svn = in.u16le();
  in.skip(60);
  out.report_data = in.take(64);
  if (!in.finish()) return fail("quote_truncated", "enclave report");
  out.flags = ByteReader(out.attributes).u64le();
  return out;
}

}  // namespace aipg::attest::tdx
