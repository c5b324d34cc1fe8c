// SPDX-License-Identifier: Apache-2.0
#include "subjects.h"

#include "attest/nvidia/evidence_json.h"
#include "attest/tdx/collateral_reader.h"
#include "codec/base64.h"
#include "codec/pem.h"

namespace aipg::flips {
namespace {

using attest::EvidenceKind;

constexpr std::size_t kMaxCertificates = 16;

// Judging a device or a manifest takes a millisecond or more, and everything signed in a large file is also damaged
// by itself: there the whole file is damaged at fewer places.
constexpr std::size_t kLargeFile = 64 << 10;

bool is_costly(EvidenceKind kind) {
  return kind == EvidenceKind::gpu_report || kind == EvidenceKind::nvidia_evidence || kind == EvidenceKind::rim ||
         kind == EvidenceKind::ocsp;
}

std::string numbered(const std::string& what, std::size_t i) { return what + " " + std::to_string(i + 1); }

// --- text that holds base64 ---------------------------------------------------------

struct Span {
  std::size_t from = 0, to = 0;
};

// What stands between the marks, each time.
std::vector<Span> blocks(std::string_view text, std::string_view open, std::string_view close) {
  std::vector<Span> out;
  for (std::size_t at = text.find(open); at != text.npos; at = text.find(open, at)) {
    const std::size_t from = at + open.size(), to = text.find(close, from);
    if (to == text.npos) break;
    out.push_back({from, to});
    at = std::min(text.find_first_of(">\n", to + close.size()), text.size());
  }
  return out;
}

Bytes decoded(ByteView file, Span block) {
  std::string digits(as_text(file.subspan(block.from, block.to - block.from)));
  std::erase(digits, '\n');
  return codec::from_base64(digits).value_or(Bytes());
}

// The same lines with the digits of as many other bytes.
void write_back(Bytes& file, Span block, ByteView bytes) {
  const std::string digits = codec::to_base64(bytes);
  std::size_t next = 0;
  for (std::size_t i = block.from; i < block.to; ++i) {
    if (file[i] != '\n') file[i] = static_cast<std::uint8_t>(digits[next++]);
  }
}

std::string pem_of(const std::vector<Bytes>& chain) {
  std::string out;
  for (const Bytes& der : chain) out += codec::to_pem_certificate(der);
  return out;
}

// --- from rows to subjects ----------------------------------------------------------

class Gathering {
 public:
  void add_row(const Row& row, std::shared_ptr<const Case> one) {
    judged_ = row.kind + ", " + row.policy;
    add({.fixture = row.evidence,
         .item = "the file",
         .judged = {},
         .context = one,
         .bytes = one->evidence,
         .place = [](Case& into, Bytes bytes) { into.evidence = std::move(bytes); },
         .every = one->evidence.size() > kLargeFile ? 64U : 1U,
         .ordinary_every = !is_costly(one->kind)               ? 1U
                           : one->evidence.size() > kLargeFile ? 1021U
                                                               : 61U});
    add_inside(row, one);
    for (std::size_t i = 0; i < one->companions.size(); ++i) add_companion(one, i);
  }

  std::vector<Subject> take() && { return std::move(subjects_); }

 private:
  void add(Subject subject) {
    subject.judged = judged_;
    const std::string key = subject.fixture + "|" + subject.item + "|" + judged_ + "|" + to_text(subject.bytes);
    if (seen_.insert(key).second) subjects_.push_back(std::move(subject));
  }

  // What is signed by itself inside the evidence.
  void add_inside(const Row& row, const std::shared_ptr<const Case>& one) {
    switch (one->kind) {
      case EvidenceKind::tdx_quote:
      case EvidenceKind::sgx_quote:
        return add_blocks(row.evidence, one, "-----BEGIN CERTIFICATE-----\n", "\n-----END", 4);
      case EvidenceKind::rim:
        return add_blocks(row.evidence, one, "X509Certificate>", "</", 61);
      case EvidenceKind::nvidia_evidence:
        return add_devices(row, *one);
      default:
        return;
    }
  }

  void add_blocks(const std::string& fixture, const std::shared_ptr<const Case>& one, std::string_view open,
                  std::string_view close, std::size_t ordinary_every) {
    const std::vector<Span> found = blocks(as_text(one->evidence), open, close);
    for (std::size_t i = 0; i < found.size(); ++i) {
      const Bytes der = decoded(one->evidence, found[i]);
      if (der.empty()) continue;
      add({.fixture = fixture,
           .item = numbered("certificate", i),
           .judged = {},
           .context = one,
           .bytes = der,
           .place = [block = found[i]](Case& into, const Bytes& bytes) { write_back(into.evidence, block, bytes); },
           .is_file = false,
           .cut = false,
           .ordinary_every = ordinary_every});
    }
  }

  // Each device as a report with its chain.
  void add_devices(const Row& row, const Case& machine) {
    const auto devices = attest::nvidia::parse_evidence_json(as_text(machine.evidence));
    if (!devices) return;
    for (std::size_t i = 0; i < devices->size(); ++i) {
      const attest::nvidia::StatedDevice& device = (*devices)[i];
      Case alone = machine;
      alone.kind = EvidenceKind::gpu_report;
      alone.evidence = device.report;
      alone.nonce = device.nonce;
      alone.companions.insert(alone.companions.begin(), device.chain);
      alone.names.insert(alone.names.begin(), row.evidence);
      const auto context = std::make_shared<const Case>(std::move(alone));
      add({.fixture = row.evidence,
           .item = numbered("device", i) + ", report",
           .judged = {},
           .context = context,
           .bytes = device.report,
           .place = [](Case& into, Bytes bytes) { into.evidence = std::move(bytes); },
           .is_file = false,
           .ordinary_every = 509});
      add_parts(row.evidence, context, 0, "device certificate", 127);
    }
  }

  void add_companion(const std::shared_ptr<const Case>& one, std::size_t i) {
    const Bytes& file = one->companions[i][0];
    const std::string& name = one->names[i];
    const bool costly = is_costly(one->kind), manifest = name.ends_with(".xml");
    add({.fixture = name,
         .item = "the file",
         .judged = {},
         .context = one,
         .bytes = file,
         .place = [i](Case& into, Bytes bytes) { into.companions[i] = {std::move(bytes)}; },
         .every = one->kind == EvidenceKind::ocsp || manifest ? 16U : 1U,
         .ordinary_every = costly ? (manifest ? 1021U : 251U) : 7U});
    if (manifest) return add_manifest(*one, i);
    if (name.ends_with(".json")) return add_intel_items(one, i);
    if (one->kind != EvidenceKind::ocsp) add_chain(one, i);  // a device's chain has its own verifier: the report's
  }

  // Its own verifier is that of manifests.
  void add_manifest(const Case& one, std::size_t i) {
    Case alone = one;
    alone.kind = EvidenceKind::rim;
    alone.evidence = one.companions[i][0];
    alone.companions.clear();
    alone.names.clear();
    add_row({.kind = "rim",
             .evidence = one.names[i],
             .with = {},
             .policy = one.policy.name,
             .at = {},
             .expect = {},
             .why = {}},
            std::make_shared<const Case>(std::move(alone)));
  }

  // A file of certificates as so many files in DER.
  void add_chain(const std::shared_ptr<const Case>& one, std::size_t i) {
    const auto chain = codec::parse_pem_certificates(as_text(one->companions[i][0]), kMaxCertificates);
    if (!chain) return;
    Case apart = *one;
    apart.companions[i] = *chain;
    add_parts(one->names[i], std::make_shared<const Case>(std::move(apart)), i, "certificate",
              is_costly(one->kind) ? 61 : 4);
  }

  void add_parts(const std::string& fixture, const std::shared_ptr<const Case>& one, std::size_t i,
                 const std::string& what, std::size_t ordinary_every) {
    for (std::size_t j = 0; j < one->companions[i].size(); ++j) {
      add({.fixture = fixture,
           .item = numbered(what, j),
           .judged = {},
           .context = one,
           .bytes = one->companions[i][j],
           .place = [i, j](Case& into, Bytes bytes) { into.companions[i][j] = std::move(bytes); },
           .is_file = false,
           .ordinary_every = ordinary_every});
    }
  }

  // The combined form as the files that Intel serves.
  void add_intel_items(const std::shared_ptr<const Case>& one, std::size_t i) {
    const auto combined = attest::tdx::parse_collateral_json(one->companions[i][0]);
    if (!combined) return;
    Case apart = *one;
    apart.companions[i] = {combined->tcb_info,
                           combined->qe_identity,
                           combined->root_crl,
                           combined->pck_crl,
                           to_bytes(pem_of(combined->tcb_signing_chain)),
                           to_bytes(pem_of(combined->pck_crl_issuer_chain))};
    const auto context = std::make_shared<const Case>(std::move(apart));
    constexpr std::array kItems{"TCB info", "QE identity", "root CRL", "PCK CRL"};
    for (std::size_t j = 0; j < kItems.size(); ++j) {
      add({.fixture = one->names[i],
           .item = kItems[j],
           .judged = {},
           .context = context,
           .bytes = context->companions[i][j],
           .place = [i, j](Case& into, Bytes bytes) { into.companions[i][j] = std::move(bytes); },
           .is_file = false,
           .ordinary_every = 4});
    }
    add_signing_chain(context, i, 4, combined->tcb_signing_chain, "TCB signing certificate");
    add_signing_chain(context, i, 5, combined->pck_crl_issuer_chain, "PCK CRL issuer's certificate");
  }

  void add_signing_chain(const std::shared_ptr<const Case>& one, std::size_t i, std::size_t j,
                         const std::vector<Bytes>& chain, const std::string& what) {
    for (std::size_t k = 0; k < chain.size(); ++k) {
      add({.fixture = one->names[i],
           .item = numbered(what, k),
           .judged = {},
           .context = one,
           .bytes = chain[k],
           .place =
               [=](Case& into, Bytes bytes) {
                 std::vector<Bytes> other = chain;
                 other[k] = std::move(bytes);
                 into.companions[i][j] = to_bytes(pem_of(other));
               },
           .is_file = false,
           .ordinary_every = 4});
    }
  }

  std::string judged_;
  std::vector<Subject> subjects_;
  std::set<std::string> seen_;
};

}  // namespace

bool Subject::accepts(Bytes damaged) const {
  Case one = *context;
  place(one, std::move(damaged));
  return is_accepted(one);
}

std::vector<Subject> subjects_of(const std::vector<Row>& rows, const std::filesystem::path& library) {
  Gathering gathering;
  for (const Row& row : rows) {
    if (row.accepted()) gathering.add_row(row, std::make_shared<const Case>(load(row, library)));
  }
  return std::move(gathering).take();
}

}  // namespace aipg::flips
