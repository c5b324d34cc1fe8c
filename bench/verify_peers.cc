// SPDX-License-Identifier: Apache-2.0
#include "verify_peers.h"

#include "base/hex.h"

namespace aipg::bench {
namespace {

struct Recipe {
  std::string name;
  const EvidenceCase* about;
  double most_percent;
  std::vector<std::string> program, arguments;
  std::string note = {};  // what is to be known of the comparison
};

std::vector<std::string> files(std::initializer_list<const char*> names) {
  std::vector<std::string> out;
  for (const char* each : names) out.push_back(library_file(each));
  return out;
}

std::vector<std::string> operator+(std::vector<std::string> left, const std::vector<std::string>& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

std::vector<std::string> python(const std::string& folder, const std::string& name) {
  return {folder + "/" + name + "/bin/python", AIPG_SOURCE_DIR "/bench/peers/" + name + "/driver.py"};
}

std::string seconds(const EvidenceCase& about) { return std::to_string(about.at.ms / 1000); }

std::vector<Recipe> recipes(const std::string& folder, const RealCases& real) {
  constexpr double kAsFast = 100, kFiveTimesFaster = 20;
  const auto snp =
      files({"snp/milan_v3_azure/report.bin", "snp/milan_v3_azure/vcek.pem", "snp/milan_v3_azure/ask.pem"});
  const auto h100 = files({"nvidia/h100_550.90.07/report.bin", "nvidia/h100_550.90.07/chain.pem",
                           "nvidia/h100_550.90.07/driver_rim.xml", "nvidia/h100_550.90.07/vbios_rim.xml"});
  return {
      {"PyPI dcap-qvl", &real.tdx_v4, kAsFast, python(folder, "dcap_qvl"),
       files({"tdx/v4_uptodate/quote.bin", "tdx/v4_uptodate/collateral.json"}) + std::vector{seconds(real.tdx_v4)}},
      {"Go go-tdx-guest",
       &real.tdx_v4_alone,
       0,
       {folder + "/go/driver", "tdx"},
       files({"tdx/v4_uptodate/quote.bin", "roots/intel_sgx_root_ca.pem"}) + std::vector{seconds(real.tdx_v4_alone)},
       "gets no collateral: it refuses this one, for it compares the FMSPC by the case of its letters"},
      {"Go go-sev-guest",
       &real.snp,
       0,
       {folder + "/go/driver", "snp"},
       snp + files({"snp/crl/milan_crl.pem"}) + std::vector{seconds(real.snp)}},
      {"Rust sev", &real.snp, 0, {folder + "/sev/sev_driver"}, snp, "checks no revocation list and no dates"},
      {"PyPI nv-local-gpu-verifier", &real.h100_no_ocsp, kFiveTimesFaster, python(folder, "nv_local_gpu_verifier"),
       h100 + std::vector<std::string>{"550.90.07", "96.00.9f.00.01", to_hex(*real.h100_no_ocsp.nonce),
                                       seconds(real.h100_no_ocsp)},
       "gets no OCSP responses, nor does ours here: it asks for them itself, by network"},
  };
}

}  // namespace

OtherVerifiers start_others(const std::string& folder, const RealCases& real) {
  OtherVerifiers out;
  for (Recipe& each : recipes(folder, real)) {
    auto peer = Peer::start(each.program + each.arguments);
    if (!peer) {
      out.notes.push_back("SKIPPED: " + each.name + ", which is not installed, or did not accept " + each.about->name);
      continue;
    }
    if (!each.note.empty()) out.notes.push_back(each.name + " " + each.note);
    out.started.push_back({std::move(each.name), each.about, each.most_percent, *std::move(peer)});
  }
  return out;
}

}  // namespace aipg::bench
