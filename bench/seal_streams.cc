// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <cstdlib>

#include "crypto/digest.h"
#include "raw_aead.h"
#include "seal/chunk_stream.h"
#include "seal/seal_fixture.h"
#include "seal_measurements.h"

namespace aipg::bench {
namespace {

constexpr std::size_t kPlaintext = 16 * 1024;
constexpr std::size_t kContent = kPlaintext - 4;      // of a chunk
constexpr std::size_t kAnswerContent = kContent - 2;  // its Binary HTTP length comes before it
constexpr std::size_t kSealed = kPlaintext + crypto::kAeadTagBytes;

void require(bool good) {
  if (good) return;
  std::fputs("bench: a stream did not open\n", stderr);
  std::exit(1);
}

seal::TrafficKeys fixed_keys() { return {Secret32(Hash256{2}), SecretArray<12>(ByteArray<12>{3})}; }

// An answer on its way: both ends of one request.
struct AnswerPair {
  AnswerPair() : worker(1), sealed(seal::fixture::must_seal(seal::fixture::request_to({&worker}))) {
    seal::RequestOpener request = worker.opener();
    require(seal::fixture::feed_all(request, sealed.wire).empty());
    seal::fixture::NumberedRng rng(9);
    sealer.emplace(request.make_answer(rng));
    opener.emplace(std::move(sealed.pending));
    Bytes head = sealer->begin(200, {});
    append(head, sealer->content({}));
    feed(head);
  }
  void feed(ByteView wire) {
    require(opener->feed(wire, [](const seal::AnswerOpener::Event& event) { keep(event); }).has_value());
  }

  seal::fixture::Worker worker;
  seal::SealedRequest sealed;
  std::optional<seal::AnswerSealer> sealer;
  std::optional<seal::AnswerOpener> opener;
};

// Everything the cases work on. Opened bytes are prepared outside the timing, as many as one run takes.
struct Streams {
  Bytes plaintext = Bytes(kPlaintext, 'p');
  Bytes out = Bytes(kSealed);
  Bytes wire;
  RawAead raw;
  seal::ChunkSealer chunk_sealer{fixed_keys()}, chunk_source{fixed_keys()};
  seal::ChunkOpener chunk_opener{fixed_keys(), seal::EmptyChunks::allowed};
  AnswerPair sealing, opening;

  void raw_seal(std::size_t n, bool hashes) {
    crypto::Sha256 content, sealed;
    for (std::size_t i = 0; i < n; ++i) {
      raw.seal(plaintext, out);
      if (hashes) {
        content.update(plaintext);
        sealed.update(out);
      }
    }
    keep(out);
  }
  void raw_prepare(std::size_t n) {
    wire.resize(n * kSealed);
    for (std::size_t i = 0; i < n; ++i) raw.seal(plaintext, MutableByteView(wire).subspan(i * kSealed, kSealed));
  }
  void raw_open(std::size_t n, bool hashes) {
    crypto::Sha256 content, sealed;
    for (std::size_t i = 0; i < n; ++i) {
      const ByteView chunk = ByteView(wire).subspan(i * kSealed, kSealed);
      raw.open(chunk, MutableByteView(out).first(kPlaintext));
      if (hashes) {
        content.update(ByteView(out).first(kPlaintext));
        sealed.update(chunk);
      }
    }
    keep(out);
  }

  void chunks_seal(std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      out.clear();
      chunk_sealer.seal(ByteView(plaintext).first(kContent), kPlaintext, false, out);
    }
    out.resize(kSealed);
  }
  void chunks_prepare(std::size_t n) {
    wire.clear();
    for (std::size_t i = 0; i < n; ++i) {
      chunk_source.seal(ByteView(plaintext).first(kContent), kPlaintext, false, wire);
    }
  }
  void chunks_open(std::size_t n) {
    ByteView left = wire;
    for (std::size_t i = 0; i < n; ++i) {
      const auto chunk = chunk_opener.next(left);
      require(chunk && *chunk);
    }
  }

  void answer_seal(std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) keep(sealing.sealer->content(ByteView(plaintext).first(kAnswerContent)));
  }
  void answer_prepare(std::size_t n) {
    wire.clear();
    for (std::size_t i = 0; i < n; ++i) {
      append(wire, opening.sealer->content(ByteView(plaintext).first(kAnswerContent)));
    }
  }
  void answer_open() { opening.feed(wire); }
};

Row row(const std::string& what, const Spread& took, const std::string& peer, double percent,
        std::optional<Target> target = {}) {
  return {.what = what,
          .value = took.rate(kPlaintext / 1e6),
          .unit = "MB/s",
          .also = {},
          .compared = Comparison{peer, percent, "% of", target}};
}

}  // namespace

void measure_streams(Report& report) {
  auto streams = std::make_unique<Streams>();
  Streams& s = *streams;
  const auto took = take_turns(
      {
          {[&](std::size_t n) { s.raw_seal(n, false); }},
          {[&](std::size_t n) { s.raw_seal(n, true); }},
          {[&](std::size_t n) { s.chunks_seal(n); }},
          {[&](std::size_t n) { s.answer_seal(n); }},
          {[&](std::size_t n) { s.raw_open(n, false); }, [&](std::size_t n) { s.raw_prepare(n); }},
          {[&](std::size_t n) { s.raw_open(n, true); }, [&](std::size_t n) { s.raw_prepare(n); }},
          {[&](std::size_t n) { s.chunks_open(n); }, [&](std::size_t n) { s.chunks_prepare(n); }},
          {[&](std::size_t) { s.answer_open(); }, [&](std::size_t n) { s.answer_prepare(n); }},
      },
      {.most = 2000});
  const std::string raw = "raw AES-256-GCM", hashed = "raw AES-256-GCM + SHA-256 twice";
  report.add({"16 KiB: " + raw + ", seal", took[0].rate(kPlaintext / 1e6), "MB/s"});
  report.add({"16 KiB: " + raw + ", open", took[4].rate(kPlaintext / 1e6), "MB/s"});
  report.add({"16 KiB: " + hashed + ", seal", took[1].rate(kPlaintext / 1e6), "MB/s"});
  report.add({"16 KiB: " + hashed + ", open", took[5].rate(kPlaintext / 1e6), "MB/s"});
  report.add(row("16 KiB chunks: seal", took[2], raw, took.percent(0, 2), Target{60}));
  report.add(row("16 KiB chunks: open", took[6], raw, took.percent(4, 6), Target{60}));
  report.add(row("16 KiB chunks, answer with receipt: seal", took[3], hashed, took.percent(1, 3)));
  report.add(row("16 KiB chunks, answer with receipt: open", took[7], hashed, took.percent(5, 7)));
  report.note("An answer's receipt holds a hash of the wire and one of the content, so its floor has two more passes.");
}

}  // namespace aipg::bench
