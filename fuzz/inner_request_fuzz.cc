// SPDX-License-Identifier: Apache-2.0
// What is accepted stays within its routing, keeps the body's bytes, and is
// accepted again when it is written afresh.
#include <cstdint>

#include "codec/bhttp.h"
#include "seal/inner_request.h"

namespace seal = aipg::seal;
namespace bhttp = aipg::codec::bhttp;

namespace {

void check(bool holds) {
  if (!holds) __builtin_trap();
}

void check_accepted(const seal::InnerRequest& request, const seal::Routing& routing, aipg::ByteView content) {
  check(aipg::equal(request.body.reveal(), content));
  check(request.path == routing.path && request.model == routing.model && request.stream == routing.stream);
  check(request.choices >= 1 && request.max_tokens <= routing.max_output_tokens);
  check(seal::validate_body(routing.path, request.body.reveal_text(), routing).has_value());
  const bhttp::Request again{"POST", routing.path, {}, request.body.reveal()};
  const auto reread = seal::validate_inner(bhttp::write_request(again), routing);
  check(reread && reread->max_tokens == request.max_tokens && reread->choices == request.choices);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const aipg::ByteView in{data, size};
  seal::Routing routing;
  routing.path = "/v1/chat/completions";
  routing.model = "m";
  const auto view = bhttp::parse_request(in);
  if (view && seal::is_sealable_path(view->path)) routing.path = view->path;
  for (const bool stream : {false, true}) {
    routing.stream = stream;
    const auto request = seal::validate_inner(aipg::SecretBytes(in), routing);
    check(view.has_value() || !request.has_value());
    if (request) check_accepted(*request, routing, view->content);
    if (!request) check(request.error().parameter.size() <= 64 && !seal::error_body(request.error()).empty());
  }
  return 0;
}
