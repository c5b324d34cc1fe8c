// SPDX-License-Identifier: Apache-2.0
// Kinds answer and open_answer: what the padding class says of an answer's chunks.
#include "base/byte_reader.h"
#include "cases.h"
#include "codec/bhttp.h"
#include "seal/chunk_stream.h"

namespace aipg::vectors {
namespace {

const std::string kRate = "answer/constant_rate.json";
constexpr std::size_t kRateBytes = 1024;

struct Chunk {
  Bytes content;
  std::size_t plaintext_bytes = 0;
  bool last = false;
};

// Chunks under the keys of the answer in `file`, after its preamble.
Value sealed_anew(const Cases& cases, const std::string& file, const std::vector<Chunk>& chunks) {
  const Value& expect = cases.expect(file);
  seal::ChunkSealer sealer(
      {Secret32(expect.at("key").array<32>()), SecretArray<12>(expect.at("base_nonce").array<12>())});
  Bytes wire = expect.at("response_preamble").bytes();
  for (const Chunk& chunk : chunks) sealer.seal(chunk.content, chunk.plaintext_bytes, chunk.last, wire);
  return Value::hex(wire);
}

Bytes end_of(const Cases& cases, const std::string& file) {
  return codec::bhttp::write_response_end({{"aipg-receipt", cases.expect(file).at("receipt_jws").text()}});
}

void add_refused_at_a_rate(Cases& cases) {
  const Bytes head = codec::bhttp::write_response_head(200, {});
  const Bytes end = end_of(cases, kRate);
  const auto add = [&](const char* name, const char* edit, const std::vector<Chunk>& chunks, const char* code) {
    cases.negative(
        std::string("open_answer/rate_") + name + ".json", "open_answer", "An answer that is not at its constant rate.",
        edit, Value::Object{{"request", cases.input(kRate).at("request")}, {"wire", sealed_anew(cases, kRate, chunks)}},
        code);
  };
  add("larger_chunk", "the first chunk is twice as large", {{head, 2 * kRateBytes}}, "response_malformed");
  add("smaller_chunk", "the second chunk is half as large", {{{}, kRateBytes}, {head, kRateBytes / 2}},
      "response_malformed");
  add("two_chunks", "two chunks, the last included", {{head, kRateBytes}, {end, kRateBytes, true}},
      "response_malformed");
  add("three_chunks", "three chunks, the last included, one of them without content",
      {{{}, kRateBytes}, {head, kRateBytes}, {end, kRateBytes, true}}, "response_malformed");
}

void add_refused_at_ticks(Cases& cases) {
  const Bytes head = codec::bhttp::write_response_head(200, {});
  const auto add = [&](const char* name, const char* edit, const std::string& file, const std::vector<Chunk>& chunks) {
    cases.negative(
        std::string("open_answer/") + name + ".json", "open_answer",
        "An answer whose chunks its padding class does not have.", edit,
        Value::Object{{"request", cases.input(file).at("request")}, {"wire", sealed_anew(cases, file, chunks)}},
        "response_malformed");
  };
  add("p1_empty_chunk", "a chunk without content, under p1", "answer/json.json", {{head, 512}, {{}, 512}});
  add("p1_size_768", "a chunk that is no power of two, under p1", "answer/json.json", {{head, 768}});
  add("p1_size_256", "a chunk of less than 512 bytes, under p1", "answer/json.json", {{head, 256}});
  add("p0_size_300", "a chunk that is no multiple of 256, under p0", "answer/p0.json", {{head, 300}});
}

void add_damaged_at_a_rate(Cases& cases) {
  constexpr std::size_t kWire = 4 + kRateBytes + 16;
  const auto add = [&](const char* name, const char* edit, std::size_t from, std::size_t remove, const char* code) {
    cases.negative(
        std::string("open_answer/rate_") + name + ".json", "open_answer",
        "An answer at a constant rate, damaged on its way.", edit,
        Value::Object{{"request", cases.input(kRate).at("request")}, {"wire", edited(kRate, from, remove, {})}}, code);
  };
  add("empty_chunk_dropped", "the first chunk, which is empty, is missing", seal::kResponsePreambleBytes, kWire,
      "response_open_failed");
  add("sixteen_chunks_dropped", "nothing but the preamble is left", seal::kResponsePreambleBytes, 16 * kWire,
      "response_truncated");
  add("receipt_withheld", "the last chunk is missing", seal::kResponsePreambleBytes + 15 * kWire, kWire,
      "response_truncated");
}

}  // namespace

void add_constant_rate_cases(Cases& cases) {
  Value input = cases.input("answer/json.json");
  input.set("request", "seal/x25519_constant_rate.json");
  input.set("silent_ticks", std::uint64_t{2});
  input.set("fields", Value::Array{Value(Value::Array{"content-type", "text/event-stream"})});
  input.set("pieces", Value::Array{"data: {\"a\":1}\n\n", "", "data: {\"b\":\"" + std::string(1'500, 'b') + "\"}\n\n",
                                   "data: [DONE]\n\n"});
  cases.positive(kRate, "answer",
                 "p2:1: two ticks before the answer begins, one without content, one piece that fills more than a "
                 "tick, and empty ones to the sixteenth.",
                 std::move(input));
  cases.positive("open_answer/constant_rate.json", "open_answer", "The client that asked opens it.",
                 Value::Object{{"request", cases.input(kRate).at("request")}, {"wire", of(kRate)}});
  add_refused_at_a_rate(cases);
  add_refused_at_ticks(cases);
  add_damaged_at_a_rate(cases);
}

}  // namespace aipg::vectors
