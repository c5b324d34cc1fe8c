// SPDX-License-Identifier: Apache-2.0
#include "splices.h"

#include "attest/nvidia/evidence_json.h"
#include "attest/tdx/collateral_reader.h"
#include "codec/pem.h"

namespace aipg::flips {
namespace {

using attest::EvidenceKind;

struct Loaded {
  Row row;
  Case one;
};

// Rows that are accepted with something beside them. A list or a response is of its issuer, and so may be good beside
// another file of the same issuer.
std::vector<Loaded> load_rows(const std::vector<Row>& rows, const std::filesystem::path& library) {
  std::vector<Loaded> out;
  for (const Row& row : rows) {
    if (!row.accepted() || row.with.empty() || row.kind == "crl") continue;
    out.push_back({row, load(row, library)});
  }
  return out;
}

bool same_files(const Case& a, const Case& b) { return a.companions == b.companions; }

std::string name_of(const Loaded& a, const Loaded& b, const std::string& at) {
  return a.row.kind + " " + a.row.evidence + " with the files of " + b.row.evidence + " at " + at;
}

// NVIDIA's device chains share their upper part, which is what a response is about.
bool may_be_about(const Loaded& a, const Loaded& b) {
  return a.one.kind == EvidenceKind::ocsp && b.one.kind == EvidenceKind::ocsp;
}

void add_whole(const std::vector<Loaded>& all, std::vector<Splice>& out) {
  for (const Loaded& a : all) {
    for (const Loaded& b : all) {
      if (a.one.kind != b.one.kind || same_files(a.one, b.one) || may_be_about(a, b)) continue;
      Case spliced = b.one;
      spliced.evidence = a.one.evidence;
      spliced.nonce = a.one.nonce;
      out.push_back({name_of(a, b, b.row.at), spliced});
      spliced.at = a.one.at;
      out.push_back({name_of(a, b, a.row.at), std::move(spliced)});
    }
  }
}

// One product's chips share their authorities: such a file is as good as the other.
bool shares_a_certificate(const Bytes& a, const Bytes& b) {
  constexpr std::size_t kMost = 16;
  const auto x = codec::parse_pem_certificates(as_text(a), kMost), y = codec::parse_pem_certificates(as_text(b), kMost);
  return x && y && std::ranges::find_first_of(*x, *y) != x->end();
}

// One file of B among those of A.
void add_single(const std::vector<Loaded>& all, std::vector<Splice>& out) {
  for (const Loaded& a : all) {
    for (const Loaded& b : all) {
      if (a.one.kind != b.one.kind || may_be_about(a, b)) continue;
      for (std::size_t i = 0; i < a.one.companions.size() && i < b.one.companions.size(); ++i) {
        const Bytes &own = a.one.companions[i][0], &other = b.one.companions[i][0];
        if (own == other || b.one.companions.size() == 1 || shares_a_certificate(own, other)) continue;
        Case spliced = a.one;
        spliced.companions[i] = b.one.companions[i];
        out.push_back({a.row.evidence + " with " + b.one.names[i] + " for " + a.one.names[i], std::move(spliced)});
      }
    }
  }
}

// One item of B's combined collateral among those of A.
void add_intel_items(const std::vector<Loaded>& all, std::vector<Splice>& out) {
  using attest::tdx::Collateral;
  const auto items = [](const Loaded& from) { return attest::tdx::parse_collateral_json(from.one.companions[0][0]); };
  constexpr std::array kItems{&Collateral::tcb_info, &Collateral::qe_identity, &Collateral::root_crl,
                              &Collateral::pck_crl};
  for (const Loaded& a : all) {
    for (const Loaded& b : all) {
      if (!a.row.with.ends_with("collateral.json") || !b.row.with.ends_with("collateral.json")) continue;
      const auto own = items(a), other = items(b);
      if (!own || !other || a.row.evidence == b.row.evidence) continue;
      for (std::size_t i = 0; i < kItems.size(); ++i) {
        Case spliced = a.one;
        spliced.companions = {{own->tcb_info, own->qe_identity, own->root_crl, own->pck_crl}};
        spliced.companions[0][i] = (*other).*kItems[i];
        out.push_back({a.row.evidence + " with item " + std::to_string(i + 1) + " of " + b.row.with, spliced});
      }
    }
  }
}

// The report of each device under the chain of every other, machine by machine and between them.
void add_devices(const std::vector<Row>& rows, const std::filesystem::path& library, std::vector<Splice>& out) {
  std::vector<attest::nvidia::StatedDevice> devices;
  std::vector<Instant> at;
  attest::Policy policy;
  for (const Row& row : rows) {
    if (!row.accepted() || row.kind != "nvidia-evidence") continue;
    const Case machine = load(row, library);
    const auto found = attest::nvidia::parse_evidence_json(as_text(machine.evidence));
    if (!found) continue;
    policy = machine.policy;
    devices.insert(devices.end(), found->begin(), found->end());
    at.insert(at.end(), found->size(), machine.at);
  }
  for (std::size_t i = 0; i < devices.size(); ++i) {
    for (std::size_t j = 0; j < devices.size(); ++j) {
      if (devices[i].chain == devices[j].chain) continue;
      Case spliced;
      spliced.kind = EvidenceKind::gpu_report;
      spliced.evidence = devices[i].report;
      spliced.companions = {devices[j].chain};
      spliced.policy = policy;
      spliced.at = at[j];
      out.push_back({"report of device " + std::to_string(i + 1) + " under the chain of device " +
                         std::to_string(j + 1) + " of all machines",
                     std::move(spliced)});
    }
  }
}

}  // namespace

std::vector<Splice> splices_of(const std::vector<Row>& rows, const std::filesystem::path& library) {
  const std::vector<Loaded> all = load_rows(rows, library);
  std::vector<Splice> out;
  add_whole(all, out);
  add_single(all, out);
  add_intel_items(all, out);
  add_devices(rows, library, out);
  return out;
}

}  // namespace aipg::flips
