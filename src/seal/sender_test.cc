// SPDX-License-Identifier: Apache-2.0
#include "seal/sender.h"

#include <gtest/gtest.h>

#include "seal/answer_state.h"
#include "seal/seal_fixture.h"

namespace aipg::seal {
namespace {

using namespace std::string_view_literals;

using fixture::Answer;
using fixture::Suite;
using fixture::Worker;

std::string_view refusal(const SealRequest& request) {
  fixture::NumberedRng rng(200);
  const auto sealed = seal_request(request, rng);
  return sealed ? std::string_view() : sealed.error().code.view();
}

TEST(Sender, RefusesNoRecipientAndFour) {
  Worker a(1), b(2), c(3), d(4);
  EXPECT_EQ(refusal(fixture::request_to({})), "seal_recipients");
  EXPECT_EQ(refusal(fixture::request_to({&a, &b, &c, &d})), "seal_recipients");
  EXPECT_EQ(refusal(fixture::request_to({&a, &b, &c})), "");
}

TEST(Sender, RefusesTheSameKeysetOrKeyTwice) {
  Worker a(1), b(2);
  EXPECT_EQ(refusal(fixture::request_to({&a, &a})), "seal_recipients");
  SealRequest request = fixture::request_to({&a, &b});
  request.recipients[1].keyset_id = request.recipients[0].keyset_id;
  EXPECT_EQ(refusal(request), "seal_recipients");
  request = fixture::request_to({&a, &a});
  request.recipients[1].keyset_id = {};
  EXPECT_EQ(refusal(request), "seal_recipients");
}

TEST(Sender, RefusesAKidThatIsNotTheKeys) {
  Worker a(1);
  SealRequest request = fixture::request_to({&a});
  request.recipients[0].kid[0] ^= 1;
  EXPECT_EQ(refusal(request), "seal_recipients");
}

TEST(Sender, RefusesKeysOfAnotherSuite) {
  Worker a(1);
  SealRequest request = fixture::request_to({&a}, Suite::x25519);
  request.suite = Suite::xwing;
  EXPECT_EQ(refusal(request), "hpke_public_key");
}

TEST(Sender, RefusesAPointOfLowOrder) {
  Worker a(1);
  SealRequest request = fixture::request_to({&a});
  request.recipients[0].public_key.assign(32, 0);
  request.recipients[0].kid = recipient_kid(1, request.recipients[0].public_key);
  EXPECT_EQ(refusal(request), "hpke_public_key");
}

TEST(Sender, RefusesRoutingOutsideItsRules) {
  Worker a(1);
  SealRequest request = fixture::request_to({&a});
  request.routing.model = "smol lm\n";
  EXPECT_EQ(refusal(request), "malformed_seal");
}

TEST(Sender, RefusesARateThatHasNoRoomForTheReceipt) {
  Worker a(1);
  SealRequest request = fixture::request_to({&a});
  request.routing.model = std::string(65, 'm');
  request.routing.padding = Padding::p2(1);
  EXPECT_EQ(refusal(request), "malformed_seal");
  request.routing.padding = Padding::p2(2);
  EXPECT_EQ(refusal(request), "");
}

TEST(Sender, RefusesABodyOver32MiB) {
  Worker a(1);
  const std::string large(kMaxRequestBytes + 1, ' ');
  EXPECT_EQ(refusal(fixture::request_to({&a}, Suite::x25519, large)), "seal_body_too_large");
  const std::string too_large_with_head(kMaxRequestBytes, ' ');
  EXPECT_EQ(refusal(fixture::request_to({&a}, Suite::x25519, too_large_with_head)), "seal_body_too_large");
}

TEST(Sender, DrawsRandomnessInTheDocumentedOrder) {
  Worker a(1), b(2);
  for (const auto& [suite, each] : {std::pair(Suite::x25519, 32), std::pair(Suite::xwing, 64)}) {
    Bytes script(16 + 32 + 2 * each);
    for (std::size_t i = 0; i < script.size(); ++i) script[i] = static_cast<std::uint8_t>(i + 1);
    crypto::ScriptedRng rng(script);
    const auto sealed = seal_request(fixture::request_to({&a, &b}, suite), rng);
    ASSERT_TRUE(sealed);
    EXPECT_TRUE(rng.exhausted());
    const Preamble preamble = **parse_preamble(sealed->wire);
    EXPECT_TRUE(equal(preamble.request_id, ByteView(script).first(16)));
    const Secret32 root = seal_root(Secret32(ByteView(script).subspan(16, 32)));
    EXPECT_EQ(preamble.commitment, seal_commitment(root, preamble.request_id));
  }
}

TEST(Sender, CarriesTheCacheSaltInside) {
  Worker worker(1);
  SealRequest request = fixture::request_to({&worker});
  request.cache_salt = Hash256{9, 8, 7};
  RequestOpener opener = worker.opener();
  ASSERT_EQ(fixture::feed_all(opener, fixture::must_seal(request).wire), "");
  ASSERT_TRUE(opener.request().has_value());
  EXPECT_EQ(opener.request()->cache_salt, request.cache_salt);
}

// --- answers ----------------------------------------------------------------

class Answers : public testing::Test {
 protected:
  void SetUp() override { ask(Padding::p1); }

  // Seals the question anew, and opens it.
  void ask(Padding padding) {
    SealRequest request = fixture::request_to({&worker_});
    request.routing.padding = padding;
    sealed_ = fixture::must_seal(request);
    worker_.ring = KeyRing();
    worker_.ring.add(worker_.secrets);
    opener_.emplace(worker_.opener());
    ASSERT_EQ(fixture::feed_all(*opener_, sealed_.wire), "");
    padding_ = padding;
  }

  std::pair<std::string_view, std::string_view> refusal_of(ByteView wire, std::size_t step = SIZE_MAX) {
    const auto seen = fixture::read_answer(sealed_, wire, step);
    if (seen.proof) return {"", ""};
    return {seen.refused->code.view(), seen.refused->where.view()};
  }

  // This request's traffic keys for a response preamble, as its recipient has them.
  Secret32 prk_for(const ResponsePreamble& preamble) {
    const auto& [kid, pair] = worker_.secrets->keys[0];
    const Preamble request = **parse_preamble(sealed_.wire);
    auto context = crypto::hpke::setup_base_recipient(pair, request.recipients[0].enc, seal_info(1, kid));
    return response_prk(preamble, context->export_secret(response_exporter_context(seal_transcript(request.bytes))));
  }

  // An answer whose sealed contents the test writes itself; the last one is the last chunk. Sizes are the class's, but
  // for those given.
  Bytes own_answer(const std::vector<Bytes>& contents, const std::vector<std::size_t>& sizes = {}) {
    const auto preamble = make_response_preamble(worker_.secrets->keys[0].first, {1});
    ChunkSealer sealer(response_keys(prk_for(preamble)));
    Bytes wire = to_bytes(preamble.bytes);
    for (std::size_t i = 0; i < contents.size(); ++i) {
      const std::size_t proper = response_chunk_plaintext(padding_, contents[i].size());
      sealer.seal(contents[i], i < sizes.size() ? sizes[i] : proper, i + 1 == contents.size(), wire);
    }
    return wire;
  }

  Worker worker_{1};
  SealedRequest sealed_;
  std::optional<RequestOpener> opener_;
  Padding padding_ = Padding::p1;
};

TEST_F(Answers, AreRefusedWithAnyBitFlipped) {
  const Answer answer = fixture::answer_to(*opener_, {"a"});
  for (std::size_t i = 0; i < answer.wire.size(); ++i) {
    auto sealed = fixture::must_seal(fixture::request_to({&worker_}));
    Bytes edited = answer.wire;
    edited[i] ^= static_cast<std::uint8_t>(1U << i % 8);
    ASSERT_FALSE(fixture::read_answer(sealed, edited).proof) << i;
  }
}

TEST_F(Answers, AreTruncatedAtEveryCut) {
  const Answer answer = fixture::answer_to(*opener_, {"a", "b"});
  for (std::size_t n = 0; n < answer.wire.size(); ++n) {
    auto sealed = fixture::must_seal(fixture::request_to({&worker_}));
    const auto seen = fixture::read_answer(sealed, ByteView(answer.wire).first(n));
    ASSERT_TRUE(seen.refused) << n;
    ASSERT_EQ(seen.refused->code.view(), "response_truncated") << n;
  }
}

TEST_F(Answers, ShowTheirPreamblesFaultsByName) {
  const Answer answer = fixture::answer_to(*opener_, {"a"});
  const std::tuple<std::size_t, std::string_view> edits[] = {
      {0, "response_malformed"}, {8, "response_malformed"}, {9, "response_unknown_kid"}, {41, "response_open_failed"}};
  for (const auto& [at, code] : edits) {
    for (const std::size_t step : {std::size_t{1}, std::size_t{SIZE_MAX}}) {
      auto sealed = fixture::must_seal(fixture::request_to({&worker_}));
      Bytes edited = answer.wire;
      edited[at] ^= 1;
      EXPECT_EQ(fixture::read_answer(sealed, edited, step).refused->code.view(), code) << at;
    }
  }
}

TEST_F(Answers, ShowTheirChunksFaultsByName) {
  Bytes wire = fixture::answer_to(*opener_, {"a"}).wire;
  wire[kResponsePreambleBytes + 1] = 0xFF;
  EXPECT_EQ(refusal_of(wire), std::pair("response_malformed"sv, "chunk_length"sv));
}

TEST_F(Answers, AreRefusedWithDroppedRepeatedOrSwappedChunks) {
  const Bytes wire = fixture::answer_to(*opener_, {"a", "b", "c"}).wire;
  const std::size_t n = 4 + 512 + 16;
  const ByteView head = ByteView(wire).first(kResponsePreambleBytes);
  const auto chunk = [&](std::size_t i) { return ByteView(wire).subspan(kResponsePreambleBytes + i * n, n); };
  const ByteView last = ByteView(wire).subspan(kResponsePreambleBytes + 3 * n);
  const std::vector<std::vector<ByteView>> orders = {{head, chunk(1), chunk(2), last},
                                                     {head, chunk(0), chunk(0), chunk(1), chunk(2), last},
                                                     {head, chunk(1), chunk(0), chunk(2), last},
                                                     {head, last},
                                                     {head, chunk(0), chunk(1), last}};
  for (const auto& order : orders) {
    Bytes edited;
    for (const ByteView part : order) append(edited, part);
    auto sealed = fixture::must_seal(fixture::request_to({&worker_}));
    EXPECT_EQ(fixture::read_answer(sealed, edited).refused->code.view(), "response_open_failed");
  }
}

TEST_F(Answers, AreOneStreamOnly) {
  const Bytes wire = fixture::answer_to(*opener_, {"a"}).wire;
  Bytes twice = wire;
  append(twice, wire);
  EXPECT_EQ(refusal_of(twice), std::pair("response_malformed"sv, "after_last"sv));
}

TEST_F(Answers, StayFailedOnceFailed) {
  const Bytes wire = fixture::answer_to(*opener_, {"a"}).wire;
  AnswerOpener opener(std::move(sealed_.pending));
  const auto ignore = [](const AnswerOpener::Event&) {};
  EXPECT_FALSE(opener.feed(as_bytes("AIPGNOPE"), ignore).has_value() && opener.feed(wire, ignore).has_value());
  EXPECT_EQ(opener.finish().error().code.view(), "response_malformed");
}

TEST_F(Answers, MayNotHideContentInTheLastChunk) {
  const Bytes head = codec::bhttp::write_response_head(200, {});
  Bytes content = codec::bhttp::content_chunk_header(2);
  append(content, as_bytes("hi"));
  const Bytes end = codec::bhttp::write_response_end({{"aipg-receipt", "x"}});
  Bytes content_and_end = content;
  append(content_and_end, end);
  Bytes content_in_halves = to_bytes(ByteView(content).subspan(1));
  append(content_in_halves, end);
  Bytes head_and_end = head;
  append(head_and_end, end);
  const std::vector<std::vector<Bytes>> contents = {
      {head, content_and_end},  {head, to_bytes(ByteView(content).first(1)), content_in_halves},
      {head_and_end},           {head, content},
      {head, content, end, {}}, {head, content, {}}};
  for (const auto& each : contents) {
    auto sealed = fixture::must_seal(fixture::request_to({&worker_}));
    const auto seen = fixture::read_answer(sealed, own_answer(each));
    ASSERT_TRUE(seen.refused);
    EXPECT_EQ(seen.refused->code.view(), "response_malformed");
    EXPECT_EQ(seen.refused->where.view(), "last_chunk");
  }
}

TEST_F(Answers, MustBeBinaryHttp) {
  EXPECT_EQ(refusal_of(own_answer({to_bytes("hello"), {}})), std::pair("response_malformed"sv, "bhttp"sv));
}

TEST_F(Answers, HaveNoEmptyChunks) {
  const Bytes end = codec::bhttp::write_response_end({{"aipg-receipt", "x"}});
  EXPECT_EQ(refusal_of(own_answer({codec::bhttp::write_response_head(200, {}), {}, end})),
            std::pair("response_malformed"sv, "empty_chunk"sv));
}

TEST_F(Answers, HaveChunksOfSizesThatTheirClassHas) {
  const std::tuple<Padding, std::size_t, bool> cases[] = {
      {Padding::p0, 256, true},     {Padding::p0, 768, true},      {Padding::p0, 255, false},
      {Padding::p0, 257, false},    {Padding::p1, 512, true},      {Padding::p1, 2048, true},
      {Padding::p1, 256, false},    {Padding::p1, 768, false},     {Padding::p1, 511, false},
      {Padding::p2(2), 2048, true}, {Padding::p2(2), 1024, false}, {Padding::p2(2), 4096, false}};
  for (const auto& [padding, bytes, good] : cases) {
    ask(padding);
    const auto seen = refusal_of(own_answer({to_bytes("hello"), {}}, {bytes}));
    EXPECT_EQ(seen.second, good ? "bhttp"sv : "chunk_size"sv) << to_text(padding) << " " << bytes;
    EXPECT_EQ(seen.first, "response_malformed");
  }
}

class ConstantRateAnswers : public Answers {
 protected:
  void SetUp() override { ask(Padding::p2(1)); }

  // The head among so many empty chunks, and the end.
  static std::vector<Bytes> contents(std::size_t chunks) {
    std::vector<Bytes> out(chunks);
    out[chunks / 2] = codec::bhttp::write_response_head(200, {});
    out.back() = codec::bhttp::write_response_end({{"aipg-receipt", "x"}});
    return out;
  }
};

TEST_F(ConstantRateAnswers, MayHaveEmptyChunksAnywhere) {
  EXPECT_EQ(refusal_of(own_answer(contents(16))).first, "receipt_invalid");
}

TEST_F(ConstantRateAnswers, AreRefusedWhenAnyChunkHasAnotherSize) {
  for (std::size_t at = 0; at < 16; ++at) {
    ask(Padding::p2(1));
    std::vector<std::size_t> sizes(16, 1024);
    sizes[at] = 2048;
    const Bytes wire = own_answer(contents(16), sizes);
    EXPECT_EQ(refusal_of(wire, 77), std::pair("response_malformed"sv, "chunk_size"sv)) << at;
  }
}

TEST_F(ConstantRateAnswers, AreAMultipleOfSixteenChunks) {
  for (std::size_t chunks = 2; chunks <= 49; ++chunks) {
    ask(Padding::p2(1));
    const auto seen = refusal_of(own_answer(contents(chunks)));
    if (chunks % 16 == 0) {
      EXPECT_EQ(seen.first, "receipt_invalid") << chunks;
    } else {
      EXPECT_EQ(seen, std::pair("response_malformed"sv, "chunk_count"sv)) << chunks;
    }
  }
}

TEST_F(ConstantRateAnswers, NeedEveryChunkInItsPlace) {
  constexpr std::size_t kChunk = 4 + 1024 + 16;
  const Bytes wire = fixture::answer_to(*opener_, {"a", "b"}).wire;
  ASSERT_EQ(wire.size(), kResponsePreambleBytes + 16 * kChunk);
  for (std::size_t i = 0; i < 16; ++i) {
    const auto at = static_cast<std::ptrdiff_t>(kResponsePreambleBytes + i * kChunk);
    Bytes dropped = wire, repeated = wire;
    dropped.erase(dropped.begin() + at, dropped.begin() + at + kChunk);
    repeated.insert(repeated.begin() + at, wire.begin() + at, wire.begin() + at + kChunk);
    ask(Padding::p2(1));
    EXPECT_EQ(refusal_of(dropped).first, i == 15 ? "response_truncated" : "response_open_failed") << i;
    ask(Padding::p2(1));
    EXPECT_EQ(refusal_of(repeated),
              i == 15 ? std::pair("response_malformed"sv, "after_last"sv) : std::pair("response_open_failed"sv, ""sv))
        << i;
  }
}

TEST_F(Answers, NeedExactlyTheReceiptAsTrailer) {
  const Bytes head = codec::bhttp::write_response_head(200, {});
  const std::vector<codec::bhttp::Field> trailers[] = {
      {}, {{"x-receipt", "a"}}, {{"aipg-receipt", "a"}, {"aipg-receipt", "a"}}, {{"aipg-receipt", "a"}, {"x", "y"}}};
  for (const auto& each : trailers) {
    auto sealed = fixture::must_seal(fixture::request_to({&worker_}));
    const auto seen = fixture::read_answer(sealed, own_answer({head, codec::bhttp::write_response_end(each)}));
    EXPECT_EQ(seen.refused->code.view(), "receipt_invalid");
    EXPECT_EQ(seen.refused->where.view(), "trailer");
  }
}

TEST_F(Answers, NeedEveryClaimOfTheirReceiptToMatch) {
  const std::pair<std::string_view, std::function<void(Receipt&)>> edits[] = {
      {"", [](Receipt&) {}},
      {"req", [](Receipt& r) { r.request_hash[0] ^= 1; }},
      {"res", [](Receipt& r) { r.response_hash[0] ^= 1; }},
      {"n", [](Receipt& r) { ++r.response_chunks; }},
      {"pq", [](Receipt& r) { r.question[0] ^= 1; }},
      {"pr", [](Receipt& r) { r.answer[0] ^= 1; }},
      {"rid", [](Receipt& r) { r.request_id[0] ^= 1; }},
      {"ks", [](Receipt& r) { r.keyset_id[0] ^= 1; }},
      {"wl", [](Receipt& r) { r.workload_hash[0] ^= 1; }},
      {"model", [](Receipt& r) { r.model += "x"; }},
  };
  const auto preamble = make_response_preamble(worker_.secrets->keys[0].first, {1});
  const Bytes head = codec::bhttp::write_response_head(204, {});
  const Bytes before_last = own_answer({head, {}});
  Receipt receipt;
  receipt.request_id = (*parse_preamble(sealed_.wire))->request_id;
  receipt.keyset_id = worker_.secrets->keyset_id;
  receipt.workload_hash = worker_.workload_hash;
  receipt.model = "smollm2";
  receipt.request_hash = crypto::sha256(sealed_.wire);
  receipt.response_hash = crypto::sha256(ByteView(before_last).first(kResponsePreambleBytes + 4 + 512 + 16));
  receipt.response_chunks = 1;
  fixture::NumberedRng rng(200);
  (void)rng.array<16>();
  const Secret32 prk =
      request_prk(seal_transcript((*parse_preamble(sealed_.wire))->bytes), seal_root(rng.secret<32>()));
  receipt.question = question_digest(request_salt(prk), as_bytes(fixture::kBody));
  receipt.answer = answer_digest(to_array<32>(response_salt(prk_for(preamble)).reveal()), 204, {});
  for (const auto& [claim, edit] : edits) {
    Receipt edited = receipt;
    edit(edited);
    const std::string jws = sign_receipt(edited, worker_.secrets->receipt_key);
    auto sealed = fixture::must_seal(fixture::request_to({&worker_}));
    const auto seen =
        fixture::read_answer(sealed, own_answer({head, codec::bhttp::write_response_end({{"aipg-receipt", jws}})}));
    if (claim.empty()) {
      EXPECT_TRUE(seen.proof);
      continue;
    }
    ASSERT_TRUE(seen.refused) << claim;
    EXPECT_EQ(seen.refused->code.view(), "receipt_mismatch");
    EXPECT_EQ(seen.refused->where.view(), claim);
  }
}

TEST_F(Answers, NeedTheReceiptSignedByTheRecipientsKeyset) {
  sealed_.pending.reset();
  SealRequest request = fixture::request_to({&worker_});
  request.recipients[0].receipt_key[0] ^= 1;
  sealed_ = fixture::must_seal(request);
  EXPECT_EQ(refusal_of(fixture::answer_to(*opener_, {"a"}).wire).first, "receipt_signature");
}

TEST_F(Answers, OfAnotherRequestDoNotOpen) {
  auto other = fixture::must_seal(fixture::request_to({&worker_}), 99);
  const Bytes wire = fixture::answer_to(*opener_, {"a"}).wire;
  EXPECT_EQ(fixture::read_answer(other, wire).refused->code.view(), "response_open_failed");
}

TEST_F(Answers, ProveThemselvesOnce) {
  const Bytes wire = fixture::answer_to(*opener_, {"a"}).wire;
  AnswerOpener opener(std::move(sealed_.pending));
  ASSERT_TRUE(fixture::read_answer(opener, wire).proof);
  EXPECT_FALSE(opener.finish());
}

}  // namespace
}  // namespace aipg::seal
