// SPDX-License-Identifier: Apache-2.0
// Writes the corpora of the seal's fuzz targets, or checks that they are what it
// would write: seal_corpus write|check fuzz/corpus
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "codec/bhttp.h"
#include "seal_originals.h"

namespace {

using aipg::Bytes;
using aipg::ByteView;
namespace seal = aipg::seal;
namespace fs = std::filesystem;

struct Seed {
  std::string target, name;
  Bytes bytes;
};

Bytes with_more(Bytes bytes, const Bytes& more) {
  aipg::append(bytes, more);
  return bytes;
}

void add_requests(std::vector<Seed>& out) {
  for (std::size_t i = 0; i < seal::originals::kRequests; ++i) {
    const Bytes wire = seal::originals::request(i).sealed.wire;
    const seal::Preamble preamble = **seal::parse_preamble(wire);
    const std::string name = "request_" + std::to_string(i);
    out.push_back({"request_stream", name, wire});
    if (i == 0) out.push_back({"request_stream", "one_byte_more", with_more(wire, {0})});
    out.push_back({"preamble", name, aipg::to_bytes(preamble.bytes)});
    out.push_back({"routing", name, aipg::to_bytes(seal::write_routing(preamble.routing))});
  }
  const std::string routing = seal::write_routing(seal::fixture::chat_routing());
  for (const auto& [name, padding] :
       {std::pair{"rate_64", "p2:64"}, {"rate_3", "p2:3"}, {"rate_02", "p2:02"}, {"rate", "p2"}}) {
    std::string other = routing;
    out.push_back({"routing", name, aipg::to_bytes(other.replace(other.find("p1"), 2, padding))});
  }
}

void add_answers(std::vector<Seed>& out) {
  for (std::size_t i = 0; i < seal::originals::kAnswers; ++i) {
    const auto exchange = seal::originals::exchange(i);
    const std::string name = "answer_" + std::to_string(i);
    out.push_back({"response_stream", name, exchange.answer.wire});
    if (i == 0) out.push_back({"response_stream", "twice", with_more(exchange.answer.wire, exchange.answer.wire)});
    out.push_back({"receipt", name, aipg::to_bytes(exchange.answer.receipt_jws)});
  }
}

void add_inner(std::vector<Seed>& out) {
  const std::pair<std::string_view, std::string_view> bodies[] = {
      {"/v1/chat/completions",
       R"({"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:,A"}}]}],)"
       R"("tools":[{"type":"function","function":{"name":"f","parameters":{"url":"https://a"}}}],"n":2,"max_tokens":8,)"
       R"("store":false,"modalities":["text"],"service_tier":"auto","chat_template_kwargs":{"thinking":true}})"},
      {"/v1/completions", R"({"model":"m","prompt":["a","b"],"max_tokens":4,"best_of":2,"stream":true})"},
      {"/v1/embeddings", R"({"model":"m","input":"a"})"},
      {"/v1/responses", R"({"model":"m","input":"a","max_output_tokens":9,"store":null,"previous_response_id":null})"},
      {"/v1/messages",
       R"({"model":"m","max_tokens":9,"messages":[{"content":[{"type":"tool_use","input":{"url":"x"}}]}]})"},
  };
  int number = 0;
  for (const auto& [path, body] : bodies) {
    const auto message = aipg::codec::bhttp::write_request(
        {"POST", std::string(path), {{"content-type", "application/json"}}, aipg::as_bytes(body)});
    out.push_back({"inner_request", "body_" + std::to_string(number++), aipg::to_bytes(message.reveal())});
  }
}

// The target's own format: flags u8, length u8, plaintext.
void add_chunks(std::vector<Seed>& out) {
  out.push_back({"chunk_stream", "two", {0, 6, 0, 0, 0, 1, 'a', 0, 1, 8, 0, 0, 0, 2, 'b', 'c', 0, 0}});
  out.push_back({"chunk_stream", "padding", {1, 7, 0, 0, 0, 1, 'a', 0, 1}});
  out.push_back({"chunk_stream", "length", {1, 5, 0, 0, 0, 2, 'a'}});
  out.push_back({"chunk_stream", "empty", {0, 4, 0, 0, 0, 0, 1, 4, 0, 0, 0, 0}});
  out.push_back({"chunk_stream", "after_last", {1, 4, 0, 0, 0, 0, 1, 4, 0, 0, 0, 0}});
}

Bytes read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool write(const fs::path& path, ByteView bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return file.good();
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view verb = argc == 3 ? argv[1] : "";
  if (verb != "write" && verb != "check") {
    std::fputs("usage: seal_corpus write|check CORPUS\n", stderr);
    return 2;
  }
  std::vector<Seed> seeds;
  add_requests(seeds);
  add_answers(seeds);
  add_inner(seeds);
  add_chunks(seeds);
  for (const Seed& seed : seeds) {
    const fs::path path = fs::path(argv[2]) / seed.target / seed.name;
    const bool good = verb == "write" ? write(path, seed.bytes) : read(path) == seed.bytes;
    if (good) continue;
    std::fprintf(stderr, "%s: %s\n", path.c_str(), verb == "write" ? "cannot write" : "not what seal_corpus writes");
    return 1;
  }
  std::printf("%zu files\n", seeds.size());
  return 0;
}
