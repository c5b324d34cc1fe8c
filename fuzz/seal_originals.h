// SPDX-License-Identifier: Apache-2.0
// The sealed messages that the fuzz targets' corpora hold: the same bytes every
// time, so that a target can tell an original from a forgery.
#pragma once

#include "seal/seal_fixture.h"

namespace aipg::seal::originals {

inline constexpr std::string_view kBodies[] = {
    fixture::kBody, R"({"model":"smollm2","messages":[{"role":"user","content":"Second question"}],"n":2})"};

// Keys are slow to make; a ring is not, and remembers.
inline fixture::Worker& worker() {
  static fixture::Worker only(1);
  only.ring = KeyRing();
  only.ring.add(only.secrets);
  return only;
}

struct Request {
  SealedRequest sealed;
  std::string_view body;
};

inline constexpr std::size_t kRequests = 5;

// Both bodies under both suites, and one whose answer comes at a constant rate.
inline Request request(std::size_t i) {
  const auto suite = i % 2 == 0 ? fixture::Suite::x25519 : fixture::Suite::xwing;
  const std::string_view body = kBodies[i / 2 % 2];
  SealRequest to = fixture::request_to({&worker()}, suite, body);
  if (i == 3) {
    to.routing.padding = Padding::p0;
    to.routing.max_price = 1200;
    to.routing.affinity = ByteArray<16>{1, 2, 3};
    to.cache_salt = Hash256{4, 5, 6};
  }
  if (i == 4) to.routing.padding = Padding::p2(1);
  return {fixture::must_seal(to, static_cast<std::uint8_t>(150 + i)), body};
}

inline constexpr std::size_t kAnswers = 3;

// Which request an answer is to.
inline constexpr std::size_t asked(std::size_t answer) { return answer < 2 ? 0 : 4; }

struct Exchange {
  SealedRequest sealed;
  fixture::Answer answer;
  std::string content;
};

// Two answers to one request, as two recipients of one key would never give: the
// second has other content in as many bytes. The third is at a constant rate.
inline Exchange exchange(std::size_t i) {
  Exchange out{std::move(request(asked(i)).sealed), {}, {}};
  RequestOpener opener = worker().opener();
  if (!fixture::feed_all(opener, out.sealed.wire).empty()) __builtin_trap();
  const std::vector<std::string> pieces = {"data: {\"a\":", std::to_string(i), "}\n\n"};
  for (const std::string& piece : pieces) out.content += piece;
  out.answer = fixture::answer_to(opener, pieces, static_cast<std::uint8_t>(160 + i));
  return out;
}

}  // namespace aipg::seal::originals
