// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "seal/seal_fixture.h"

namespace aipg::seal {
namespace {

using fixture::Seen;
using fixture::Suite;
using fixture::Worker;

std::string body_with(std::string_view content) {
  return R"({"model":"smollm2","messages":[{"role":"user","content":")" + std::string(content) + R"("}]})";
}

RC_GTEST_PROP(RoundTrip, HoldsForAnyBodyAndAnyChunking, ()) {
  const auto length = *rc::gen::weightedOneOf<std::size_t>(
      {{4, rc::gen::inRange<std::size_t>(0, 3000)}, {1, rc::gen::inRange<std::size_t>(60'000, 140'000)}});
  const auto step = *rc::gen::inRange<std::size_t>(1, 80'000);
  const auto suite = *rc::gen::element(Suite::x25519, Suite::xwing);
  const auto padding = *rc::gen::element(Padding::p0, Padding::p1, Padding::p2(1), Padding::p2(2), Padding::p2(64));
  const auto pieces = *rc::gen::container<std::vector<std::string>>(
      rc::gen::map(rc::gen::inRange<std::size_t>(0, 70'000), [](std::size_t n) { return std::string(n, 'w'); }));
  Worker worker(1);
  const std::string body = body_with(std::string(length, 'q'));
  SealRequest request = fixture::request_to({&worker}, suite, body);
  request.routing.padding = padding;
  auto sealed = fixture::must_seal(request);
  RequestOpener opener = worker.opener();
  RC_ASSERT(fixture::feed_all(opener, sealed.wire, step).empty());
  RC_ASSERT(opener.request().has_value());
  RC_ASSERT(opener.request()->body.reveal_text() == body);

  const Seen seen = fixture::read_answer(sealed, fixture::answer_to(opener, pieces).wire, step);
  RC_ASSERT(seen.proof.has_value());
  std::string whole;
  for (const std::string& piece : pieces) whole += piece;
  RC_ASSERT(seen.content == whole);
}

}  // namespace
}  // namespace aipg::seal
