// SPDX-License-Identifier: Apache-2.0
#include "seal/recipient.h"

#include <gtest/gtest.h>

#include "base/byte_reader.h"
#include "seal/chunk_stream.h"
#include "seal/seal_fixture.h"

namespace aipg::seal {
namespace {

using fixture::kNow;
using fixture::Suite;
using fixture::Worker;

// What a worker made of a request: a refusal outside, or inside the seal, or a request.
struct Outcome {
  std::string_view outer, inner;
  bool accepted = false;
};

Outcome outcome_of(RequestOpener& opener, ByteView wire, std::size_t step = SIZE_MAX) {
  Outcome out;
  out.outer = fixture::feed_all(opener, wire, step);
  if (!out.outer.empty()) return out;
  if (!opener.complete()) {
    out.outer = "malformed_seal";
    return out;
  }
  out.accepted = opener.request().has_value();
  if (!out.accepted) out.inner = opener.request().error().code.view();
  return out;
}

Outcome outcome_of(Worker& worker, ByteView wire, std::size_t step = SIZE_MAX, Instant now = kNow) {
  RequestOpener opener = worker.opener(now);
  return outcome_of(opener, wire, step);
}

Secret32 content_secret(std::uint8_t number) {
  fixture::NumberedRng rng(number);
  (void)rng.array<16>();
  return rng.secret<32>();
}

// A request whose chunks the test writes itself.
struct OwnChunks {
  explicit OwnChunks(const Worker& worker) {
    const auto sealed = fixture::must_seal(fixture::request_to({&worker}));
    const Preamble preamble = **parse_preamble(sealed.wire);
    wire = to_bytes(preamble.bytes);
    const Secret32 prk = request_prk(seal_transcript(wire), seal_root(content_secret(200)));
    sealer.emplace(request_keys(prk));
  }
  OwnChunks& chunk(ByteView content, bool last = false) {
    sealer->seal(content, request_chunk_plaintext(content.size(), last), last, wire);
    return *this;
  }
  Bytes wire;
  std::optional<ChunkSealer> sealer;
};

SecretBytes inner_message(std::string_view method, std::string_view path, std::string_view body) {
  return codec::bhttp::write_request(
      {std::string(method), std::string(path), {{"content-type", "application/json"}}, as_bytes(body)});
}

// The request with another commitment, wrapped properly for it.
Bytes with_wrong_commitment(const Worker& worker) {
  const auto sealed = fixture::must_seal(fixture::request_to({&worker}));
  const Preamble preamble = **parse_preamble(sealed.wire);
  Bytes wire = to_bytes(preamble.bytes.first(preamble.aad_prefix));
  wire[35] ^= 1;  // the first byte of the commitment
  const RecipientKey key = worker.key(Suite::x25519);
  const Hash256 aad = seal_aad(wire, {key.kid});
  fixture::NumberedRng rng(3);
  auto sender = crypto::hpke::setup_base_sender(Suite::x25519, key.public_key, seal_info(1, key.kid), rng);
  append(wire, key.kid);
  append(wire, sender->enc);
  append(wire, sender->context.seal(aad, content_secret(200).reveal()));
  append(wire, ByteView(sealed.wire).subspan(preamble.bytes.size()));
  return wire;
}

struct Edit {
  const char* why;
  std::function<void(Bytes&, const Preamble&)> apply;
  std::string_view outer, inner;
};

const std::vector<Edit>& edits() {
  static const std::vector<Edit> all = {
      {"nothing", [](Bytes&, const Preamble&) {}, "", ""},
      {"magic", [](Bytes& w, const Preamble&) { w[0] ^= 1; }, "malformed_seal", ""},
      {"version", [](Bytes& w, const Preamble&) { w[8] = 9; }, "unsupported_version", ""},
      {"suite", [](Bytes& w, const Preamble&) { w[10] = 9; }, "unsupported_suite", ""},
      {"request id", [](Bytes& w, const Preamble&) { w[11] ^= 1; }, "malformed_seal", ""},
      {"expiry", [](Bytes& w, const Preamble&) { w[34] ^= 1; }, "malformed_seal", ""},
      {"expiry far ahead", [](Bytes& w, const Preamble&) { w[27] = 0xFF; }, "request_expired", ""},
      {"commitment", [](Bytes& w, const Preamble&) { w[35] ^= 1; }, "malformed_seal", ""},
      {"routing length", [](Bytes& w, const Preamble&) { w[67] = 0xFF; }, "malformed_seal", ""},
      {"routing", [](Bytes& w, const Preamble&) { w[69] = ' '; }, "malformed_seal", ""},
      {"model in routing", [](Bytes& w, const Preamble&) { *std::search_n(w.begin() + 69, w.end(), 1, 'm') = 'n'; },
       "malformed_seal", ""},
      {"count", [](Bytes& w, const Preamble& p) { w[p.aad_prefix - 1] = 0; }, "malformed_seal", ""},
      {"kid", [](Bytes& w, const Preamble& p) { w[p.aad_prefix] ^= 1; }, "worker_key_expired", ""},
      {"enc", [](Bytes& w, const Preamble& p) { w[p.aad_prefix + 32] ^= 1; }, "malformed_seal", ""},
      {"wrapped", [](Bytes& w, const Preamble& p) { w[p.bytes.size() - 1] ^= 1; }, "malformed_seal", ""},
      {"chunk length", [](Bytes& w, const Preamble& p) { w[p.bytes.size() + 1] = 0xFF; }, "", "malformed_seal"},
      {"chunk content", [](Bytes& w, const Preamble& p) { w[p.bytes.size() + 4] ^= 1; }, "", "malformed_seal"},
      {"chunk tag", [](Bytes& w, const Preamble&) { w.back() ^= 1; }, "", "malformed_seal"},
      {"last bit", [](Bytes& w, const Preamble& p) { w[p.bytes.size()] ^= 0x80; }, "", "malformed_seal"},
      {"cut", [](Bytes& w, const Preamble&) { w.pop_back(); }, "", "malformed_seal"},
      {"no chunk", [](Bytes& w, const Preamble& p) { w.resize(p.bytes.size()); }, "", "malformed_seal"},
      {"cut in the preamble", [](Bytes& w, const Preamble& p) { w.resize(p.bytes.size() - 1); }, "malformed_seal", ""},
  };
  return all;
}

class DamagedRequest : public testing::TestWithParam<std::tuple<Suite, std::size_t>> {};
INSTANTIATE_TEST_SUITE_P(SuitesAndSteps, DamagedRequest,
                         testing::Combine(testing::Values(Suite::x25519, Suite::xwing),
                                          testing::Values(std::size_t{1}, std::size_t{100}, SIZE_MAX)));

TEST_P(DamagedRequest, IsRefusedWithItsCode) {
  const auto [suite, step] = GetParam();
  for (const Edit& edit : edits()) {
    Worker worker(1);
    Bytes wire = fixture::must_seal(fixture::request_to({&worker}, suite)).wire;
    edit.apply(wire, Preamble(**parse_preamble(wire)));
    const Outcome out = outcome_of(worker, wire, step);
    EXPECT_EQ(out.outer, edit.outer) << edit.why;
    EXPECT_EQ(out.inner, edit.inner) << edit.why;
    EXPECT_EQ(out.accepted, edit.outer.empty() && edit.inner.empty()) << edit.why;
  }
}

TEST(Recipient, RefusesAContentSecretThatTheCommitmentDoesNotName) {
  Worker worker(1);
  EXPECT_EQ(outcome_of(worker, with_wrong_commitment(worker)).outer, "malformed_seal");
}

TEST(Recipient, DoesNotSayWhyASealDoesNotOpen) {
  Worker worker(1);
  Bytes unwrapped = fixture::must_seal(fixture::request_to({&worker})).wire;
  unwrapped[(*parse_preamble(unwrapped))->bytes.size() - 1] ^= 1;
  RequestOpener one = worker.opener(), two = worker.opener();
  EXPECT_EQ(one.feed(unwrapped).error(), two.feed(with_wrong_commitment(worker)).error());
}

TEST(Recipient, RefusesLateAndFarAheadByItsOwnClock) {
  const Instant expires = kNow + milliseconds(120'000);
  const std::pair<Instant, std::string_view> cases[] = {
      {expires + milliseconds(30'000), ""},
      {expires + milliseconds(30'001), "request_expired"},
      {expires - milliseconds(300'000), ""},
      {expires - milliseconds(300'001), "request_expired"},
  };
  for (const auto& [now, code] : cases) {
    Worker worker(1);
    EXPECT_EQ(outcome_of(worker, fixture::must_seal(fixture::request_to({&worker})).wire, SIZE_MAX, now).outer, code);
  }
}

TEST(Recipient, ChecksInTheProtocolsOrder) {
  Worker worker(1), stranger(2);
  const Instant late = kNow + milliseconds(1'000'000);
  const Bytes wire = fixture::must_seal(fixture::request_to({&worker})).wire;
  EXPECT_EQ(outcome_of(stranger, wire, SIZE_MAX, late).outer, "worker_key_expired");  // kid before expiry
  EXPECT_TRUE(outcome_of(worker, wire).accepted);
  EXPECT_EQ(outcome_of(worker, wire, SIZE_MAX, late).outer, "request_expired");  // expiry before replay
  Bytes damaged = wire;
  damaged.back() ^= 1;
  EXPECT_EQ(outcome_of(worker, damaged).outer, "request_replayed");  // replay before chunks
}

TEST(Recipient, RefusesToRunARequestTwice) {
  Worker worker(1);
  const Bytes wire = fixture::must_seal(fixture::request_to({&worker})).wire;
  EXPECT_TRUE(outcome_of(worker, wire).accepted);
  EXPECT_EQ(outcome_of(worker, wire).outer, "request_replayed");
  EXPECT_EQ(outcome_of(worker, wire, 1).outer, "request_replayed");
}

TEST(Recipient, DoesNotRememberWhatDidNotOpen) {
  Worker worker(1);
  Bytes wire = fixture::must_seal(fixture::request_to({&worker})).wire;
  const std::size_t end = (*parse_preamble(wire))->bytes.size() - 1;
  wire[end] ^= 1;
  EXPECT_EQ(outcome_of(worker, wire).outer, "malformed_seal");
  EXPECT_EQ(outcome_of(worker, wire).outer, "malformed_seal");
}

TEST(Recipient, IsBusyWhenItsReplayMemoryIsFull) {
  Worker worker(1);
  worker.ring = KeyRing(1);
  worker.ring.add(worker.secrets);
  EXPECT_TRUE(outcome_of(worker, fixture::must_seal(fixture::request_to({&worker}), 50).wire).accepted);
  RequestOpener opener = worker.opener();
  EXPECT_EQ(outcome_of(opener, fixture::must_seal(fixture::request_to({&worker}), 51).wire).outer, "worker_busy");
  EXPECT_FALSE(opener.opened());
}

TEST(Recipient, StaysRefusedOnceRefused) {
  Worker worker(1);
  Bytes wire = fixture::must_seal(fixture::request_to({&worker})).wire;
  RequestOpener opener = worker.opener();
  EXPECT_FALSE(opener.feed(as_bytes("nonsense")));
  EXPECT_EQ(opener.feed(wire).error().code.view(), "malformed_seal");
}

TEST(Recipient, RefusesWhatFollowsTheLastChunk) {
  Worker worker(1);
  Bytes wire = fixture::must_seal(fixture::request_to({&worker}), 60).wire;
  wire.push_back(0);
  EXPECT_EQ(outcome_of(worker, wire).inner, "malformed_seal");
  // A byte that comes later finds the request handed on already, and drops it.
  wire = fixture::must_seal(fixture::request_to({&worker}), 61).wire;
  RequestOpener opener = worker.opener();
  EXPECT_TRUE(outcome_of(opener, wire).accepted);
  EXPECT_EQ(opener.feed(ByteArray<1>{}).error().code.view(), "malformed_seal");
}

TEST(Recipient, RefusesAnEmptyChunkBeforeTheLast) {
  Worker worker(1);
  OwnChunks own(worker);
  own.chunk(as_bytes("a")).chunk({}).chunk(as_bytes("b"), true);
  EXPECT_EQ(outcome_of(worker, own.wire).inner, "malformed_seal");
}

TEST(Recipient, RefusesMoreThan32MiB) {
  Worker worker(1);
  OwnChunks own(worker);
  const Bytes block(kMaxChunkContent);
  for (std::size_t sum = 0; sum <= kMaxRequestBytes; sum += block.size()) own.chunk(block);
  RequestOpener opener = worker.opener();
  ASSERT_TRUE(opener.feed(own.wire));
  ASSERT_TRUE(opener.complete());  // without a last chunk: no more is read
  EXPECT_EQ(opener.request().error().code.view(), "malformed_seal");
}

TEST(Recipient, RefusesInsideWhatDiffersFromTheRouting) {
  const std::tuple<std::string_view, std::string_view, std::string_view, std::string_view> cases[] = {
      {"PUT", "/v1/chat/completions", fixture::kBody, "method"},
      {"POST", "/v1/completions", fixture::kBody, "path"},
      {"POST", "/v1/chat/completions?x=1", fixture::kBody, "path"},
      {"POST", "/v1/chat/completions", R"({"model":"other","messages":[]})", "model"},
      {"POST", "/v1/chat/completions", R"({"model":"smollm2","messages":[],"stream":true})", "stream"},
      {"POST", "/v1/chat/completions", R"({"model":"smollm2","messages":[],"max_tokens":257})", "max_tokens"},
  };
  for (const auto& [method, path, body, member] : cases) {
    Worker worker(1);
    OwnChunks own(worker);
    own.chunk(inner_message(method, path, body).reveal(), true);
    RequestOpener opener = worker.opener();
    EXPECT_EQ(outcome_of(opener, own.wire).inner, "routing_mismatch") << member;
    EXPECT_EQ(opener.request().error().parameter, member);
  }
}

TEST(Recipient, RefusesWhatIsNoBinaryHttp) {
  Worker worker(1);
  OwnChunks own(worker);
  own.chunk(as_bytes("POST / HTTP/1.1"), true);
  EXPECT_EQ(outcome_of(worker, own.wire).inner, "malformed_seal");
}

TEST(Recipient, RefusesModelsAndPathsItDoesNotOffer) {
  Worker worker(1);
  RecipientContext context = worker.context();
  context.offers = [](std::string_view model, std::string_view path) {
    EXPECT_EQ(model, "smollm2");
    EXPECT_EQ(path, "/v1/chat/completions");
    return false;
  };
  RequestOpener opener(context, {}, kNow);
  EXPECT_EQ(outcome_of(opener, fixture::must_seal(fixture::request_to({&worker})).wire).inner, "model_not_found");
  EXPECT_EQ(opener.request().error().status, 404U);
}

TEST(Recipient, AnswersAfterItsKeysetWasRetired) {
  Worker worker(1);
  const RecipientKey key = worker.key(Suite::x25519);
  auto sealed = fixture::must_seal(fixture::request_to({&worker}));
  RequestOpener opener = worker.opener();
  ASSERT_TRUE(outcome_of(opener, sealed.wire).accepted);
  worker.ring.retire(key.keyset_id);
  const auto seen = fixture::read_answer(sealed, fixture::answer_to(opener, {"late"}).wire);
  ASSERT_TRUE(seen.proof);
  EXPECT_EQ(seen.content, "late");
}

TEST(Recipient, DrawsOnlyTheNonceOfItsAnswer) {
  Worker worker(1);
  RequestOpener opener = worker.opener();
  ASSERT_TRUE(outcome_of(opener, fixture::must_seal(fixture::request_to({&worker})).wire).accepted);
  crypto::ScriptedRng rng(Bytes(32, 0xAB));
  AnswerSealer sealer = opener.make_answer(rng);
  EXPECT_TRUE(rng.exhausted());
  EXPECT_EQ(parse_response_preamble(sealer.begin(200, {}))->nonce, to_array<32>(Bytes(32, 0xAB)));
}

TEST(Recipient, PadsEveryChunkOfAnAnswerByItsClass) {
  for (const auto padding : {Padding::p0, Padding::p1, Padding::p2(1), Padding::p2(64)}) {
    Worker worker(1);
    SealRequest request = fixture::request_to({&worker});
    request.routing.padding = padding;
    RequestOpener opener = worker.opener();
    ASSERT_TRUE(outcome_of(opener, fixture::must_seal(request).wire).accepted);
    const auto answer = fixture::answer_to(opener, {"a", std::string(600, 'b'), std::string(100'000, 'c')});
    ByteReader reader(ByteView(answer.wire).subspan(kResponsePreambleBytes));
    while (reader.left() > 0) {
      const std::size_t plaintext = parse_chunk_header(reader.array<4>())->ciphertext_bytes - 16;
      reader.skip(plaintext + 16);
      EXPECT_TRUE(is_response_chunk_plaintext(padding, plaintext)) << to_text(padding) << " " << plaintext;
    }
    EXPECT_TRUE(reader.finish());
  }
}

TEST(Recipient, AnswersAtAConstantRateInSixteens) {
  for (const std::size_t bytes : {0, 1, 1'015, 1'016, 1'020, 14'000, 16'000, 100'000}) {
    Worker worker(1);
    SealRequest request = fixture::request_to({&worker});
    request.routing.padding = Padding::p2(1);
    auto sealed = fixture::must_seal(request);
    RequestOpener opener = worker.opener();
    ASSERT_TRUE(outcome_of(opener, sealed.wire).accepted);
    const auto answer = fixture::answer_to(opener, {std::string(bytes, 'x')});
    EXPECT_EQ((answer.wire.size() - kResponsePreambleBytes) % (16 * (4 + 1024 + 16)), 0U);
    EXPECT_EQ(fixture::read_answer(sealed, answer.wire).content, std::string(bytes, 'x'));
  }
}

// A head larger than a chunk goes out over several, as content does.
TEST(Recipient, CutsALongHeadAtAConstantRate) {
  Worker worker(1);
  SealRequest request = fixture::request_to({&worker});
  request.routing.padding = Padding::p2(1);
  auto sealed = fixture::must_seal(request);
  RequestOpener opener = worker.opener();
  ASSERT_TRUE(outcome_of(opener, sealed.wire).accepted);
  fixture::NumberedRng rng(9);
  AnswerSealer sealer = opener.make_answer(rng);
  ByteView nothing;
  Bytes wire = sealer.tick(nothing);
  append(wire, sealer.begin(200, {{"x-long", std::string(1'500, 'h')}}));
  ByteView content = as_bytes("text");
  append(wire, sealer.tick(content));
  EXPECT_EQ(content.size(), 4U);
  append(wire, sealer.tick(content));
  EXPECT_TRUE(content.empty());
  EXPECT_FALSE(sealer.may_end());
  append(wire, sealer.end({}, kNow).wire);
  const auto seen = fixture::read_answer(sealed, wire);
  EXPECT_TRUE(seen.proof);
  EXPECT_EQ(seen.content, "text");
  EXPECT_EQ(seen.fields.at(0).value.size(), 1'500U);
}

}  // namespace
}  // namespace aipg::seal
