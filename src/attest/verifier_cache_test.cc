// SPDX-License-Identifier: Apache-2.0
// A verdict with a cache is the verdict without one: over every row of the
// evidence library, at its instant and around the ends of every window that the
// library knows, in any order, and for every broken neighbour of what a cache
// has seen.
#include "attest/verifier_cache.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "attest/check_ahead.h"
#include "attest/evidence.h"
#include "attest/evidence_library_for_tests.h"
#include "base/hex.h"

namespace aipg::attest {
namespace {

// One row, read once.
struct Prepared {
  EvidenceKind kind;
  Bytes bytes;
  std::optional<Hash256> nonce;
  Endorsements endorsements;
  Policy policy;
  Instant at;
  std::string text;

  [[nodiscard]] Verdict judge(ByteView evidence, const Endorsements& beside, Instant when, VerifierCache* cache) const {
    return verify_evidence({.kind = kind, .bytes = evidence, .nonce = nonce}, beside, policy, when, cache);
  }
  [[nodiscard]] Verdict judge(Instant when, VerifierCache* cache) const {
    return judge(bytes, endorsements, when, cache);
  }
};

// Rows whose companions cannot be read are refused before a verifier sees them.
std::optional<Prepared> prepare(const EvidenceRow& row) {
  Prepared out{.kind = *evidence_kind(row.kind),
               .bytes = read_evidence(row.evidence),
               .nonce = {},
               .endorsements = {},
               .policy = *ready_policy(row.policy),
               .at = *parse_instant(row.at),
               .text = row.kind + " " + row.text()};
  for (const std::string& word : row.companions()) {
    if (word.starts_with("nonce=")) {
      out.nonce = to_array<32>(*from_hex(word.substr(6)));
    } else if (!out.endorsements.add(read_evidence(word))) {
      return std::nullopt;
    }
  }
  return out;
}

const std::vector<Prepared>& all_rows() {
  static const std::vector<Prepared> rows = [] {
    std::vector<Prepared> out;
    for (const EvidenceRow& row : all_evidence_rows()) {
      if (auto prepared = prepare(row)) out.push_back(*std::move(prepared));
    }
    return out;
  }();
  return rows;
}

void add_ends(const Bytes& der, std::set<Instant>& out) {
  if (const auto certificate = crypto::Certificate::parse(der)) {
    out.insert({certificate->not_before(), certificate->not_after()});
  }
  if (const auto crl = crypto::Crl::parse(der)) out.insert({crl->this_update(), crl->next_update()});
  const auto ocsp = crypto::OcspResponse::parse(der);
  if (!ocsp) return;
  for (const crypto::OcspSingleResponse& each : ocsp->responses()) {
    out.insert(each.this_update);
    if (each.next_update) out.insert(*each.next_update);
  }
  for (const crypto::Certificate& each : ocsp->certificates()) out.insert({each.not_before(), each.not_after()});
}

// Where something that stands beside this row begins or ceases to be valid, a millisecond before and after.
std::set<Instant> turning_points(const Prepared& row) {
  std::set<Instant> ends{row.at};
  for (const auto* list : {&row.endorsements.certificates, &row.endorsements.crls, &row.endorsements.ocsp_responses}) {
    for (const Bytes& der : *list) add_ends(der, ends);
  }
  add_ends(row.bytes, ends);
  // Those that other rows of the library found telling.
  for (const Prepared& other : all_rows()) ends.insert(other.at);
  std::set<Instant> out;
  for (const Instant each : ends) out.insert({each - milliseconds(1), each, each + milliseconds(1)});
  return out;
}

// All that a verdict says.
std::string whole(const Verdict& verdict) { return to_json(verdict); }

TEST(VerifierCache, ChangesNoVerdictAtAnyTurningPointInAnyOrder) {
  AIPG_NEEDS_EVIDENCE();
  VerifierCache shared(VendorRoots::builtin().set());
  std::vector<std::pair<const Prepared*, Instant>> all;
  for (const Prepared& row : all_rows()) {
    for (const Instant at : turning_points(row)) all.emplace_back(&row, at);
  }
  std::mt19937 shuffle(20261122);
  std::ranges::shuffle(all, shuffle);
  all.resize(std::min<std::size_t>(all.size(), 4000));
  for (const auto& [row, at] : all) {
    ASSERT_EQ(whole(row->judge(at, &shared)), whole(row->judge(at, nullptr))) << row->text << " at " << to_text(at);
  }
  RecordProperty("verdicts", static_cast<int>(all.size()));
}

TEST(VerifierCache, ChangesNoVerdictOfEveryRowAtItsInstant) {
  AIPG_NEEDS_EVIDENCE();
  VerifierCache shared(VendorRoots::builtin().set());
  for (int round = 0; round < 2; ++round) {
    for (const Prepared& row : all_rows()) {
      ASSERT_EQ(whole(row.judge(row.at, &shared)), whole(row.judge(row.at, nullptr))) << row.text;
    }
  }
  EXPECT_GE(all_rows().size(), 100U);
}

void flip(Bytes& bytes, std::size_t step, std::size_t& at, std::size_t& bit) {
  bytes[at] ^= static_cast<std::uint8_t>(1U << bit);
  at += step;
  bit = (bit + 1) % 8;
}

// Once it has seen the true bytes, what is nearly the same is judged as if it had not.
TEST(VerifierCache, TakesNoBrokenNeighbourForWhatItHasSeen) {
  AIPG_NEEDS_EVIDENCE();
  std::size_t flips = 0;
  for (const Prepared& row : all_rows()) {
    if (!row.judge(row.at, nullptr).accepted) continue;
    VerifierCache warm(VendorRoots::builtin().set());
    ASSERT_TRUE(row.judge(row.at, &warm).accepted);
    const auto same = [&](ByteView evidence, const Endorsements& beside) {
      ASSERT_EQ(whole(row.judge(evidence, beside, row.at, &warm)), whole(row.judge(evidence, beside, row.at, nullptr)))
          << row.text;
      ++flips;
    };
    Bytes evidence = row.bytes;
    for (std::size_t at = 0, bit = 0; at < evidence.size();) {
      const Bytes before = evidence;
      flip(evidence, evidence.size() / 24 + 1, at, bit);
      ASSERT_NO_FATAL_FAILURE(same(evidence, row.endorsements));
      evidence = before;
    }
    for (auto list : {&Endorsements::certificates, &Endorsements::crls, &Endorsements::intel, &Endorsements::rims,
                      &Endorsements::ocsp_responses}) {
      for (std::size_t i = 0; i < (row.endorsements.*list).size(); ++i) {
        for (std::size_t at = 0, bit = 0; at < (row.endorsements.*list)[i].size();) {
          Endorsements beside = row.endorsements;
          Bytes& item = (beside.*list)[i];
          flip(item, item.size() / 24 + 1, at, bit);
          ASSERT_NO_FATAL_FAILURE(same(row.bytes, beside));
        }
      }
    }
    EXPECT_TRUE(row.judge(row.at, &warm).accepted);
  }
  RecordProperty("flips", static_cast<int>(flips));
  EXPECT_GT(flips, 1000U);
}

TEST(VerifierCache, IsNotUsedWithOtherRoots) {
  AIPG_NEEDS_EVIDENCE();
  const Prepared& row = all_rows().front();
  VerifierCache others(RootSet{.intel = {Bytes{1}}, .amd = {}, .nvidia_device = {}, .nvidia_rim = {}});
  EXPECT_EQ(whole(row.judge(row.at, &others)), whole(row.judge(row.at, nullptr)));
  EXPECT_EQ(others.certificates.size(), 0U);
  VerifierCache own(VendorRoots::builtin().set());
  (void)row.judge(row.at, &own);
  EXPECT_GT(own.certificates.size(), 0U);
}

// A signature that held once, and everything beside it that does not.
class KnownSignature : public testing::TestWithParam<crypto::Curve> {
 protected:
  const crypto::EcPrivateKey signer_ = crypto::EcPrivateKey::generate(GetParam());
  const Bytes message_ = to_bytes("what a quoting enclave signed");
  const Bytes rs_ = signer_.sign(message_);
  VerifierCache cache_{RootSet{}};

  bool holds(const crypto::EcPublicKey& key, ByteView message, ByteView rs) {
    const bool out = verify_signature(key, message, rs, &cache_);
    EXPECT_EQ(out, key.verify(message, rs));
    return out;
  }
  void SetUp() override { ASSERT_TRUE(holds(signer_.public_key(), message_, rs_)); }
};

TEST_P(KnownSignature, IsNotKeptTwice) {
  EXPECT_TRUE(holds(signer_.public_key(), message_, rs_));
  EXPECT_EQ(cache_.signatures.size(), 1U);
}

TEST_P(KnownSignature, IsNotAnotherKeys) {
  EXPECT_FALSE(holds(crypto::EcPrivateKey::generate(GetParam()).public_key(), message_, rs_));
  EXPECT_EQ(cache_.signatures.size(), 1U);
}

TEST_P(KnownSignature, IsNotOverAnotherMessage) {
  for (std::size_t at = 0; at < message_.size(); ++at) {
    Bytes other = message_;
    other[at] ^= 1;
    EXPECT_FALSE(holds(signer_.public_key(), other, rs_));
  }
}

// The same bytes in the same order, cut elsewhere.
TEST_P(KnownSignature, IsNotOneThatBeginsOrEndsElsewhere) {
  Bytes longer = message_, shorter_rs(rs_.begin() + 1, rs_.end());
  longer.push_back(rs_.front());
  EXPECT_FALSE(holds(signer_.public_key(), longer, shorter_rs));
  const Bytes shorter(message_.begin(), message_.end() - 1);
  Bytes longer_rs{message_.back()};
  append(longer_rs, rs_);
  EXPECT_FALSE(holds(signer_.public_key(), shorter, longer_rs));
  EXPECT_FALSE(holds(signer_.public_key(), message_, {}));
}

INSTANTIATE_TEST_SUITE_P(Curves, KnownSignature, testing::Values(crypto::Curve::p256, crypto::Curve::p384));

// Whatever was found out beforehand, and in whatever order.
TEST(CheckAhead, ChangesNoVerdict) {
  AIPG_NEEDS_EVIDENCE();
  std::size_t checks = 0;
  for (const Prepared& row : all_rows()) {
    VerifierCache cache(VendorRoots::builtin().set());
    const std::vector<std::vector<Bytes>> chains{row.endorsements.certificates};
    check_ahead(chains, row.endorsements, cache, [&checks](auto tasks) {
      checks += tasks.size();
      for (std::size_t i = tasks.size(); i-- > 0;) tasks[i]();
    });
    ASSERT_EQ(whole(row.judge(row.at, &cache)), whole(row.judge(row.at, nullptr))) << row.text;
  }
  EXPECT_GT(checks, 200U);
}

TEST(Remembered, GivesBackWhatWasReadFromTheseBytes) {
  Remembered<int> numbers;
  int reads = 0;
  const auto read = [&reads](ByteView bytes) -> Result<int> { return ++reads, static_cast<int>(bytes[0]); };
  EXPECT_EQ(numbers.get(Bytes{7, 1}, read), 7);
  EXPECT_EQ(numbers.get(Bytes{7, 1}, read), 7);
  EXPECT_EQ(reads, 1);
  EXPECT_EQ(numbers.get(Bytes{7, 2}, read), 7);
  EXPECT_EQ(numbers.get(Bytes{7}, read), 7);
  EXPECT_EQ(reads, 3);
}

TEST(Remembered, KeepsNoFailures) {
  Remembered<int> numbers;
  const auto refuse = [](ByteView) -> Result<int> { return fail("der_invalid"); };
  EXPECT_FALSE(numbers.get(Bytes{1}, refuse));
  EXPECT_EQ(numbers.size(), 0U);
  EXPECT_EQ(numbers.get(Bytes{1}, [](ByteView) -> Result<int> { return 5; }), 5);
}

TEST(Remembered, ForgetsWhatWasNotUsedAndKeepsWhatWas) {
  Remembered<int> numbers;
  int reads = 0;
  const auto read = [&reads](ByteView) -> Result<int> { return ++reads; };
  const Bytes used{1}, unused{2};
  (void)numbers.get(used, read);
  (void)numbers.get(unused, read);
  for (int i = 0; i < 5000; ++i) {
    const Bytes other{3, static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(i >> 8)};
    (void)numbers.get(other, read);
    EXPECT_EQ(numbers.get(used, read), 1);
    EXPECT_LE(numbers.size(), 2 * Remembered<int>::kMostItems);
  }
  EXPECT_EQ(numbers.get(unused, read), 5003);
}

TEST(Remembered, BoundsItsBytes) {
  Remembered<int> numbers;
  const auto read = [](ByteView bytes) -> Result<int> { return static_cast<int>(bytes.size()); };
  for (std::uint8_t i = 0; i < 40; ++i) (void)numbers.get(Bytes(Remembered<int>::kMostBytes / 4, i), read);
  EXPECT_LE(numbers.size(), 8U);
  const Bytes huge(Remembered<int>::kMostBytes + 1, 1);
  const std::size_t before = numbers.size();
  EXPECT_EQ(numbers.get(huge, read), static_cast<int>(huge.size()));
  EXPECT_EQ(numbers.size(), before);
}

}  // namespace
}  // namespace aipg::attest
