// SPDX-License-Identifier: Apache-2.0
#include "client.h"

#include <chrono>

#include "api/directory.h"
#include "attest/bundle.h"
#include "base/hex.h"
#include "codec/json.h"
#include "net/chunked.h"
#include "net/http.h"

namespace aipg::hostile {
namespace {

struct Http {
  net::ResponseHead head;
  Bytes body;
  bool whole = false;
};

bool take_body(Http& out, ByteView in) {
  if (!out.head.chunked) {
    out.body = to_bytes(in.first(std::min<std::size_t>(in.size(), out.head.content_length.value_or(0))));
    return in.size() >= out.head.content_length.value_or(0);
  }
  net::ChunkedDecoder decoder;
  out.body.clear();
  while (true) {
    const auto step = decoder.feed(in);
    if (!step || step->consumed == 0) return decoder.done();
    append(out.body, step->data);
    in = in.subspan(step->consumed);
  }
}

Http read_http(Wire& wire, milliseconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  Http out;
  Bytes in;
  std::size_t body_at = 0;
  while (!out.whole && std::chrono::steady_clock::now() < end) {
    const auto came = wire.read(in, patience);
    if (body_at == 0) {
      if (auto parsed = net::parse_response_head(as_text(in))) {
        body_at = parsed->consumed;
        out.head = std::move(parsed->head);
      }
    }
    if (body_at != 0) out.whole = take_body(out, ByteView(in).subspan(body_at));
    if (came != Wire::Came::bytes) break;
  }
  return out;
}

std::string code_in(ByteView body) {
  const auto document = codec::json::parse(as_text(body), {});
  const auto error = document ? document->root().find("error") : std::nullopt;
  const auto code = error ? error->find("code") : std::nullopt;
  return code ? std::string(code->plain_string().value_or("")) : std::string();
}

}  // namespace

std::string Client::get(std::string_view path) const {
  Wire wire = Wire::connect(port_);
  wire.send("GET " + std::string(path) + " HTTP/1.1\r\nHost: gateway\r\n\r\n");
  return to_text(read_http(wire, kPatience).body);
}

double Client::metric(std::string_view line_start) const {
  const std::string text = "\n" + get("/metrics");
  const std::size_t at = text.find("\n" + std::string(line_start) + " ");
  return at == std::string::npos ? 0 : std::stod(text.substr(at + line_start.size() + 2));
}

std::optional<Recipient> Client::find(std::string_view model) const {
  const auto directory = api::parse_directory(get("/v1/confidential/directory"));
  if (!directory) return std::nullopt;
  for (const api::DirectoryEntry& entry : directory->entries) {
    if (entry.models.front().name != model) continue;
    const auto bundle = attest::parse_bundle(as_bytes(get("/v1/confidential/evidence/" + to_hex(entry.keyset_id))));
    if (!bundle) continue;
    return Recipient{attest::parse_keyset(bundle->keyset).value(), crypto::sha256(bundle->manifest)};
  }
  return std::nullopt;
}

Wire Client::post(std::string_view path, ByteView body) const {
  Wire wire = Wire::connect(port_);
  wire.send("POST " + std::string(path) + " HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer " + key_ +
            "\r\nX-AIPG-Confidential: required\r\nContent-Type: application/vnd.aipg.sealed-request\r\n" +
            "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n");
  wire.send(body);
  return wire;
}

Client::Asked Client::ask(const Recipient& to, std::string_view model, std::string_view question, bool stream) {
  seal::SealedRequest sealed = sealing_.seal(to, model, question, stream);
  return {post(kChatPath, sealed.wire), std::move(sealed.pending)};
}

Answer Client::answer_to(Asked asked, milliseconds patience) {
  const Http http = read_http(asked.wire, patience);
  Answer out;
  out.status = http.head.status;
  if (out.status != 200) {
    out.code = code_in(http.body);
    return out;
  }
  out.code = http.whole ? "sealed" : "cut";
  out.opened = Sealing::open(std::move(asked.pending), http.body);
  return out;
}

}  // namespace aipg::hostile
