// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <cstdlib>

#include "crypto/hpke_recipient.h"
#include "seal/seal_fixture.h"
#include "seal_measurements.h"

namespace aipg::bench {
namespace {

using crypto::hpke::Suite;
using seal::fixture::Worker;

constexpr std::size_t kBodyBytes = 4096;

[[noreturn]] void stop(std::string_view what) {
  std::fprintf(stderr, "bench: %.*s failed\n", static_cast<int>(what.size()), what.data());
  std::exit(1);
}

std::string body_of(std::size_t bytes) {
  const std::string head = R"({"model":"smollm2","max_tokens":64,"messages":[{"role":"user","content":")";
  const std::string tail = R"("}]})";
  return head + std::string(bytes - head.size() - tail.size(), 'q') + tail;
}

struct Requests {
  explicit Requests(Suite suite_in)
      : suite(suite_in),
        body(body_of(kBodyBytes)),
        one(1),
        two(2),
        to_one(seal::fixture::request_to({&one}, suite, body)),
        to_two(seal::fixture::request_to({&one, &two}, suite, body)) {}

  [[nodiscard]] seal::SealedRequest seal(const seal::SealRequest& request) {
    auto sealed = seal::seal_request(request, rng);
    if (!sealed) stop("sealing");
    return std::move(*sealed);
  }

  void open(ByteView wire) {
    seal::RequestOpener opener = one.opener();
    if (!opener.feed(wire) || !opener.complete() || !opener.request()) stop("opening");
    keep(opener);
  }

  void seal_many(std::size_t n, const seal::SealRequest& request) {
    for (std::size_t i = 0; i < n; ++i) keep(seal(request));
  }
  // Each request opens once, so every run needs new ones, and a worker that does not remember the last run's.
  void prepare_wires(std::size_t n) {
    one = Worker(1);
    wires.clear();
    for (std::size_t i = 0; i < n; ++i) wires.push_back(seal(to_one).wire);
  }
  void open_many(std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) open(wires[i]);
  }

  // The floor: encapsulating, and wrapping one secret.
  void encapsulate(std::size_t n) {
    const seal::RecipientKey key = one.key(suite);
    for (std::size_t i = 0; i < n; ++i) {
      auto sender = crypto::hpke::setup_base_sender(suite, key.public_key, as_bytes("bench"), rng);
      if (!sender) stop("encapsulating");
      keep(sender->context.seal({}, secret));
    }
  }
  void prepare_wrapped() {
    auto sender = crypto::hpke::setup_base_sender(suite, one.key(suite).public_key, as_bytes("bench"), rng);
    if (!sender) stop("encapsulating");
    wrapped = sender->context.seal({}, secret);
    enc = std::move(sender->enc);
  }
  void decapsulate(std::size_t n) {
    const auto& pair = one.secrets->keys[suite == Suite::x25519 ? 0 : 1].second;
    for (std::size_t i = 0; i < n; ++i) {
      auto context = crypto::hpke::setup_base_recipient(pair, enc, as_bytes("bench"));
      if (!context || !context->open({}, wrapped)) stop("decapsulating");
    }
  }

  Suite suite;
  std::string body;
  Worker one, two;
  seal::SealRequest to_one, to_two;
  crypto::SystemRng rng;
  std::vector<Bytes> wires;
  Hash256 secret{};
  Bytes enc, wrapped;
};

Row row(const std::string& what, const Spread& took, const std::string& floor, double percent) {
  return {.what = what,
          .value = took.times(1e6),
          .unit = "us",
          .also = thousands(1 / took.median) + " /s",
          .compared = Comparison{floor, percent, "% of it is"}};
}

void measure_suite(Report& report, Suite suite, const std::string& name) {
  Requests requests(suite);
  requests.prepare_wrapped();
  const Effort effort{.most = 2000};
  const auto took = take_turns(
      {
          {[&](std::size_t n) { requests.encapsulate(n); }},
          {[&](std::size_t n) { requests.seal_many(n, requests.to_one); }},
          {[&](std::size_t n) { requests.seal_many(n, requests.to_two); }},
          {[&](std::size_t n) { requests.decapsulate(n); }},
          {[&](std::size_t n) { requests.open_many(n); }, [&](std::size_t n) { requests.prepare_wires(n); }},
          {[&](std::size_t n) {
             requests.encapsulate(n);
             requests.decapsulate(n);
           },
           [&](std::size_t) {}},
          {[&](std::size_t n) {
             for (std::size_t i = 0; i < n; ++i) requests.open(requests.seal(requests.to_one).wire);
           },
           [&](std::size_t) { requests.one = Worker(1); }},
      },
      effort);
  const std::string prefix = name + ", 4 KiB: ";
  report.add(row(prefix + "seal", took[1], "HPKE alone", took.percent(0, 1)));
  report.add(row(prefix + "seal to 2", took[2], "HPKE alone, twice", 2 * took.percent(0, 2)));
  report.add(row(prefix + "open", took[4], "HPKE alone", took.percent(3, 4)));
  report.add(row(prefix + "seal + open", took[6], "HPKE alone, both ends", took.percent(5, 6)));
}

}  // namespace

void measure_requests(Report& report) {
  measure_suite(report, Suite::x25519, "X25519");
  measure_suite(report, Suite::xwing, "X-Wing");
}

}  // namespace aipg::bench
