// SPDX-License-Identifier: Apache-2.0
// Kinds padding, chunks, open.
#include "base/byte_reader.h"
#include "cases.h"
#include "codec/bhttp.h"
#include "crypto/aead.h"
#include "seal/chunk_stream.h"
#include "seal_parts.h"

namespace aipg::vectors {
namespace {

constexpr std::string_view kOne = "seal/x25519_one_recipient.json";

seal::TrafficKeys chunk_keys() {
  return {Secret32(made_of("chunk key")), SecretArray<12>(ByteView(made_of("chunk nonce")).first(12))};
}

struct Plain {
  Bytes plaintext;
  bool last = false;
};

Plain padded(std::string_view content, std::size_t size, bool last) {
  ByteWriter out;
  out.u32be(static_cast<std::uint32_t>(content.size())).text(content).zeros(size - 4 - content.size());
  return {std::move(out).take(), last};
}

// Seals plaintexts as they are: negatives need some that ChunkSealer refuses to make.
Bytes seal_plain(const seal::TrafficKeys& keys, const std::vector<Plain>& chunks) {
  crypto::AeadSealer aead(keys.key, keys.base_nonce);
  Bytes out;
  for (const Plain& chunk : chunks) {
    const auto size = static_cast<std::uint32_t>(chunk.plaintext.size() + crypto::kAeadTagBytes);
    const auto header = seal::write_chunk_header({size, chunk.last});
    Bytes ciphertext(size);
    aead.seal(header, chunk.plaintext, ciphertext);
    append(out, header);
    append(out, ciphertext);
  }
  return out;
}

Value chunk_input(std::string_view direction, Value wire) {
  const seal::TrafficKeys keys = chunk_keys();
  return Value::Object{{"direction", direction},
                       {"key", Value::hex(keys.key.reveal())},
                       {"base_nonce", Value::hex(keys.base_nonce.reveal())},
                       {"wire", std::move(wire)}};
}

void add_good_chunks(Cases& cases) {
  const auto sealed = [](const std::vector<Plain>& chunks) { return Value::hex(seal_plain(chunk_keys(), chunks)); };
  cases.positive("chunks/three.json", "chunks", "Three chunks of 64 bytes; numbers go into the nonces.",
                 chunk_input("request", sealed({padded("first", 64, false), padded("second", 64, false),
                                                padded("third", 64, true)})));
  cases.positive("chunks/empty_in_a_response.json", "chunks", "A response may have chunks without content.",
                 chunk_input("response", sealed({padded("", 64, false), padded("text", 64, true)})));
  cases.positive("chunks/smallest.json", "chunks", "The smallest chunk there is: no content, no padding.",
                 chunk_input("request", sealed({padded("", 4, true)})));
  cases.positive("chunks/no_padding.json", "chunks", "Content may fill its chunk.",
                 chunk_input("request", sealed({padded("exactly twenty bytes", 24, true)})));
}

void add_bad_chunks(Cases& cases) {
  const std::string three = "chunks/three.json";
  constexpr std::size_t kChunk = 4 + 64 + 16;
  const auto add = [&](const char* name, const char* edit, Value wire, const char* fault) {
    cases.negative(std::string("chunks/") + name + ".json", "chunks", "Chunks that do not open.", edit,
                   chunk_input("request", std::move(wire)), fault);
  };
  const Bytes wire = cases.input(three).at("wire").bytes();
  const Bytes first(wire.begin(), wire.begin() + kChunk);
  add("tag_flipped", "a bit of the first tag", edited(three, kChunk - 1, 1, Bytes{std::uint8_t(wire[kChunk - 1] ^ 1)}),
      "open");
  add("content_flipped", "a bit of the first ciphertext", edited(three, 8, 1, Bytes{std::uint8_t(wire[8] ^ 128)}),
      "open");
  add("last_bit_set", "the first chunk says that it is the last", edited(three, 0, 1, Bytes{0x80}), "open");
  add("last_bit_cleared", "the last chunk says that it is not", edited(three, 2 * kChunk, 1, Bytes{0}), "open");
  add("dropped", "the second chunk is missing", edited(three, kChunk, kChunk, {}), "open");
  add("repeated", "the first chunk twice", edited(three, kChunk, 0, first), "open");
  Bytes swapped(wire.begin() + kChunk, wire.begin() + 2 * kChunk);
  append(swapped, first);
  add("exchanged", "the first two chunks exchanged", edited(three, 0, 2 * kChunk, swapped), "open");
  add("length_19", "a length of 19", edited(three, 0, 4, Bytes{0, 0, 0, 19}), "length");
  add("length_65553", "a length of 65,553", edited(three, 0, 4, Bytes{0, 1, 0, 17}), "length");
  add("cut_in_a_chunk", "the last byte is missing", edited(three, wire.size() - 1, 1, {}), "truncated");
  add("cut_between_chunks", "the last chunk is missing", edited(three, 2 * kChunk, kChunk, {}), "truncated");
  add("nothing", "nothing at all", edited(three, 0, wire.size(), {}), "truncated");
  add("after_the_last", "a byte after the last chunk", edited(three, wire.size(), 0, Bytes{0}), "after_last");

  const auto sealed = [&](const char* name, const char* edit, const std::vector<Plain>& chunks, const char* fault) {
    add(name, edit, Value::hex(seal_plain(chunk_keys(), chunks)), fault);
  };
  Plain dirty = padded("text", 64, true);
  dirty.plaintext.back() = 1;
  sealed("padding_not_zero", "the last byte of padding is 1, sealed so", {dirty}, "padding");
  Plain long_count = padded("text", 64, true);
  long_count.plaintext[3] = 61;
  sealed("count_too_large", "n is one more than what follows, sealed so", {long_count}, "padding");
  Plain huge_count = padded("text", 64, true);
  huge_count.plaintext[0] = 0xFF;
  sealed("count_huge", "n is more than 4 billion, sealed so", {huge_count}, "padding");
  sealed("empty_in_a_request", "a chunk without content before the last, in a request",
         {padded("", 64, false), padded("text", 64, true)}, "empty");
}

void add_padding_cases(Cases& cases) {
  Value::Array contents;
  for (std::uint64_t n : {0, 1, 252, 253, 508, 509, 1020, 1021, 2044, 2045, 32764, 32765, 65531, 65532}) {
    contents.emplace_back(n);
  }
  for (const char* padding : {"p0", "p1"}) {
    cases.positive(std::string("padding/") + padding + ".json", "padding",
                   "How large a chunk's plaintext is for so many bytes of content.",
                   Value::Object{{"padding", padding}, {"contents", contents}});
  }
  for (const auto& [name, padding, most] : {std::tuple{"p2", "p2", std::uint64_t{2044}},
                                            {"p2_1", "p2:1", 1020},
                                            {"p2_2", "p2:2", 2044},
                                            {"p2_4", "p2:4", 4092},
                                            {"p2_8", "p2:8", 8188},
                                            {"p2_16", "p2:16", 16380},
                                            {"p2_32", "p2:32", 32764},
                                            {"p2_64", "p2:64", 65532}}) {
    cases.positive(
        std::string("padding/") + name + ".json", "padding",
        "At a constant rate every chunk is as large, up to the content that fills it.",
        Value::Object{{"padding", padding}, {"contents", Value::Array{std::uint64_t{0}, std::uint64_t{1}, most}}});
  }
  for (const auto& [name, padding] : {std::pair{"none", ""},
                                      {"capital", "P1"},
                                      {"capital_rate", "P2"},
                                      {"p3", "p3"},
                                      {"p2_no_number", "p2:"},
                                      {"p2_0", "p2:0"},
                                      {"p2_3", "p2:3"},
                                      {"p2_02", "p2:02"},
                                      {"p2_128", "p2:128"},
                                      {"p2_space", "p2: 2"},
                                      {"p2_after", "p2:2 "}}) {
    cases.negative(std::string("padding/refused_") + name + ".json", "padding", "No padding class of this version.",
                   "padding is '" + std::string(padding) + "'",
                   Value::Object{{"padding", padding}, {"contents", Value::Array{}}}, "unsupported_padding");
  }
}

Value holder(const Cases& cases, const std::string& file, std::size_t index) {
  const Value& question = cases.input(file);
  Value out = question.at("recipients").elements().at(index);
  out.set("suite", question.at("suite"));
  return out;
}

std::uint64_t expires_ms(const Cases& cases) { return cases.input(std::string(kOne)).at("expires_ms").number(); }

Value open_input(const Cases& cases, const std::string& file, std::size_t index, Value wire) {
  return Value::Object{
      {"holder", holder(cases, file, index)}, {"now_ms", expires_ms(cases) - 120'000}, {"wire", std::move(wire)}};
}

void add_opened(Cases& cases) {
  const auto add = [&](const char* name, const char* why, Value input) {
    cases.positive(std::string("open/") + name + ".json", "open", why, std::move(input));
  };
  const auto whole = [&](const std::string& file, std::size_t index) {
    return open_input(cases, file, index, of(file));
  };
  add("x25519_one_recipient", "The worker it was sealed to opens it.", whole(std::string(kOne), 0));
  add("xwing_second_recipient", "Each listed worker can: here the second.", whole("seal/xwing_two_recipients.json", 1));
  add("x25519_third_recipient", "Each listed worker can: here the third.",
      whole("seal/x25519_three_recipients.json", 2));
  add("two_chunks", "A body of two chunks.", whole("seal/x25519_two_chunks.json", 0));
  for (const auto& [name, why, now] :
       {std::tuple{"thirty_seconds_late", "Thirty seconds late is not too late.", expires_ms(cases) + 30'000},
        std::tuple{"five_minutes_ahead", "Five minutes ahead is not too early.", expires_ms(cases) - 300'000}}) {
    Value input = whole(std::string(kOne), 0);
    input.set("now_ms", now);
    add(name, why, std::move(input));
  }
}

void add_refused_by_circumstance(Cases& cases) {
  const std::string one(kOne);
  const auto add = [&](const char* name, const char* edit, std::string_view member, Value to, const char* code) {
    Value input = open_input(cases, one, 0, of(one));
    input.set(member, std::move(to));
    cases.negative(std::string("open/") + name + ".json", "open", "A request a worker refuses as it stands.", edit,
                   std::move(input), code);
  };
  add("not_for_us", "the worker holds other keys", "holder", holder(cases, "seal/x25519_three_recipients.json", 1),
      "worker_key_expired");
  Value other_suite = holder(cases, one, 0);
  other_suite.set("suite", std::uint64_t{2});
  add("other_suite", "the worker's seed serves the other suite", "holder", std::move(other_suite),
      "worker_key_expired");
  add("too_late", "one millisecond over 30 s late", "now_ms", expires_ms(cases) + 30'001, "request_expired");
  add("too_early", "one millisecond over 5 min ahead", "now_ms", expires_ms(cases) - 300'001, "request_expired");
  add("second_time", "the same request once more", "times", std::uint64_t{2}, "request_replayed");
  add("no_room", "there is no room to remember it", "replay_capacity", std::uint64_t{0}, "worker_busy");
  add("model_not_offered", "the worker has another model", "offers", "another-model", "model_not_found");
}

void add_damaged(Cases& cases) {
  const std::string one(kOne), hybrid = "seal/xwing_two_recipients.json";
  const auto add = [&](const char* name, const char* edit, const std::string& file, std::size_t at, std::size_t remove,
                       const Bytes& insert, const char* code) {
    cases.negative(std::string("open/") + name + ".json", "open", "A request that was damaged on its way.", edit,
                   open_input(cases, file, 0, edited(file, at, remove, insert)), code);
  };
  const auto flipped = [&](const std::string& file, std::size_t at) {
    return Bytes{static_cast<std::uint8_t>(cases.expect(file).at("wire").bytes()[at] ^ 1)};
  };
  const auto flip = [&](const char* name, const char* edit, const std::string& file, std::size_t at, const char* code) {
    add(name, edit, file, at, 1, flipped(file, at), code);
  };
  const std::size_t recipient_at = 70 + cases.expect(one).at("routing").text().size();
  const std::size_t preamble = cases.expect(one).at("preamble").bytes().size();
  const std::size_t all = cases.expect(one).at("wire").bytes().size();
  const std::size_t hybrid_at = 70 + cases.expect(hybrid).at("routing").text().size();
  flip("magic", "a bit of the magic", one, 0, "malformed_seal");
  flip("version", "a bit of the version", one, 8, "unsupported_version");
  add("suite", "another suite's number", one, 9, 2, {0, 9}, "unsupported_suite");
  flip("request_id", "a bit of the request id", one, 11, "malformed_seal");
  flip("expires", "a bit of expires_ms", one, 34, "malformed_seal");
  flip("commitment", "a bit of the commitment", one, 40, "malformed_seal");
  add("routing_tokens", "the gateway asks for more tokens", one,
      69 + cases.expect(one).at("routing").text().find("256"), 3, {'5', '1', '2'}, "malformed_seal");
  flip("kid", "a bit of the kid", one, recipient_at, "worker_key_expired");
  flip("enc", "a bit of enc", one, recipient_at + 40, "malformed_seal");
  add("enc_zero", "enc is a point of low order", one, recipient_at + 32, 32, Bytes(32), "malformed_seal");
  flip("wrapped", "a bit of the wrapped secret", one, recipient_at + 70, "malformed_seal");
  flip("enc_mlkem", "a bit of ML-KEM's ciphertext", hybrid, hybrid_at + 40, "malformed_seal");
  flip("enc_xwing_x25519", "a bit of X-Wing's X25519 half", hybrid, hybrid_at + 32 + 1100, "malformed_seal");
  flip("sibling_wrapped", "a bit of the other recipient's wrapped secret", hybrid, hybrid_at + 1200 + 1160,
       "malformed_seal");
  flip("chunk", "a bit of the first chunk", one, preamble + 100, "malformed_seal");
  add("cut_in_the_preamble", "the preamble's last byte and all after it are missing", one, preamble - 1,
      all - preamble + 1, {}, "malformed_seal");
  add("no_chunks", "nothing after the preamble", one, preamble, all - preamble, {}, "malformed_seal");
  add("cut", "the last byte is missing", one, all - 1, 1, {}, "malformed_seal");
  add("trailing", "a byte after the last chunk", one, all, 0, {0}, "malformed_seal");
}

// The request of `file` with other plaintexts, under the same keys.
Value with_plaintexts(const Cases& cases, const std::string& file, const std::vector<Plain>& chunks) {
  const Value& expect = cases.expect(file);
  const seal::TrafficKeys keys{Secret32(expect.at("key").array<32>()),
                               SecretArray<12>(expect.at("base_nonce").array<12>())};
  Bytes wire = expect.at("preamble").bytes();
  append(wire, seal_plain(keys, chunks));
  return Value::hex(wire);
}

void add_badly_sealed(Cases& cases) {
  const std::string one(kOne);
  const auto add = [&](const char* name, const char* edit, Value wire, const char* code) {
    cases.negative(std::string("open/") + name + ".json", "open", "A request whose own sender broke a rule.", edit,
                   open_input(cases, one, 0, std::move(wire)), code);
  };
  const std::string body = cases.input(one).at("body").text();
  const auto message = [&](std::string_view path, std::string_view with_body) {
    const auto sealed = codec::bhttp::write_request(
        {"POST", std::string(path), {{"content-type", "application/json"}}, as_bytes(with_body)});
    return std::string(sealed.reveal_text());
  };
  const std::string good = message("/v1/chat/completions", body);
  Plain dirty = padded(good, 1024, true);
  dirty.plaintext.back() = 1;
  add("padding", "padding that is not zero", with_plaintexts(cases, one, {dirty}), "malformed_seal");
  add("empty_chunk", "an empty chunk before the last",
      with_plaintexts(cases, one, {padded("", 1024, false), padded(good, 1024, true)}), "malformed_seal");
  add("not_bhttp", "no Binary HTTP inside", with_plaintexts(cases, one, {padded("hello", 1024, true)}),
      "malformed_seal");
  add("path_differs", "another path inside than outside",
      with_plaintexts(cases, one, {padded(message("/v1/completions", body), 1024, true)}), "routing_mismatch");
  add("unknown_parameter", "a parameter nobody knows",
      with_plaintexts(cases, one,
                      {padded(message("/v1/chat/completions", R"({"fly":true,)" + body.substr(1)), 1024, true)}),
      "unknown_parameter");
}

// Two recipients who are given different secrets would read different requests: the commitment is to one of them.
void add_other_commitment(Cases& cases) {
  const std::string one(kOne);
  const auto question = make_question(cases.input(one));
  const Bytes good = cases.expect(one).at("preamble").bytes();
  const auto& key = question->request.recipients[0];
  const std::size_t through_count = 70 + cases.expect(one).at("routing").text().size();
  Bytes preamble(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(through_count));
  preamble[35] ^= 1;
  crypto::ScriptedRng rng(cases.input(one).at("ephemeral").elements()[0].bytes());
  auto sender =
      crypto::hpke::setup_base_sender(question->request.suite, key.public_key, seal::seal_info(1, key.kid), rng);
  const Hash256 aad = seal::seal_aad(preamble, {key.kid});
  append(preamble, key.kid);
  append(preamble, sender->enc);
  append(preamble, sender->context.seal(aad, cases.input(one).at("content_secret").bytes()));
  cases.negative("open/commitment_to_another_secret.json", "open",
                 "HPKE opens, but the secret is not the one committed to.",
                 "the commitment has one bit flipped and the secret is wrapped for that preamble",
                 open_input(cases, one, 0, Value::hex(preamble)), "malformed_seal");
}

}  // namespace

void add_chunk_cases(Cases& cases) {
  add_padding_cases(cases);
  add_good_chunks(cases);
  add_bad_chunks(cases);
}

void add_open_cases(Cases& cases) {
  add_opened(cases);
  add_refused_by_circumstance(cases);
  add_damaged(cases);
  add_badly_sealed(cases);
  add_other_commitment(cases);
}

}  // namespace aipg::vectors
