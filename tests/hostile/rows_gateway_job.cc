// SPDX-License-Identifier: Apache-2.0
// Jobs that a gateway makes up, damages, repeats, cuts, or lets lie.
#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "against_worker.h"
#include "base/sanitized_for_tests.h"

namespace aipg::hostile {
namespace {

using link::FrameType;

constexpr std::string_view kOpens = "what a worker checks, in this order";
constexpr std::string_view kCancel = "whoever receives RESET answers with RESET, and the engine's slot is free";
constexpr std::string_view kBounded = "how far a socket may fall behind is not the peer's to say";
constexpr std::size_t kMebibyte = 1024;  // in KiB

GatewayRow stays(std::string name, std::string_view rule, std::function<void(GatewayAttack&)> attack,
                 Behaves start = Behaves::welcomed) {
  return {.name = std::move(name),
          .rule = std::string(rule),
          .start = start,
          .attack = std::move(attack),
          .ending = Ending::stays,
          .why = {}};
}

GatewayRow refused(std::string name, std::string code, std::function<Bytes(FakeGateway&)> make) {
  return stays(std::move(name), kOpens, [code = std::move(code), make = std::move(make)](GatewayAttack& a) {
    EXPECT_EQ(a.gateway.refusal_of(make(a.gateway)), code);
  });
}

// Where the encapsulation of an honest request stands.
std::size_t enc_at(const FakeGateway& gateway, const Bytes& request) {
  const Hash256& kid = gateway.keyset.find_suite(2)->kid;
  const auto found = std::ranges::search(request, kid);
  return static_cast<std::size_t>(found.begin() - request.begin()) + kid.size();
}

constexpr std::size_t kEncBytes = 1120;

std::vector<GatewayRow> seal_rows() {
  const auto honest = [](FakeGateway& g) { return g.seal(kQuestionCanary).wire; };
  return {
      refused("Noise", "malformed_seal", [](FakeGateway&) { return Bytes(2'000, 0xa5); }),
      refused("NothingButAnEnd", "malformed_seal", [](FakeGateway&) { return Bytes(); }),
      refused("APreambleWithoutAnEnd", "malformed_seal",
              [honest](FakeGateway& g) {
                Bytes wire = honest(g);
                wire.resize(100);
                return wire;
              }),
      refused("AnotherVersion", "unsupported_version",
              [honest](FakeGateway& g) {
                Bytes wire = honest(g);
                wire[8] = 2;
                return wire;
              }),
      refused("AnotherSuite", "unsupported_suite",
              [honest](FakeGateway& g) {
                Bytes wire = honest(g);
                wire[10] = 9;
                return wire;
              }),
      refused("AKeyOfNobodys", "worker_key_expired",
              [honest](FakeGateway& g) {
                Bytes wire = honest(g);
                wire[enc_at(g, wire) - 1] ^= 1;
                return wire;
              }),
      refused("ARequestOfAnHourAgo", "request_expired",
              [honest](FakeGateway& g) {
                Bytes wire = honest(g);
                wire[29] ^= 0xff;  // of expires_ms
                return wire;
              }),
      refused("AnEncapsulationOfNoise", "malformed_seal",
              [honest](FakeGateway& g) {
                Bytes wire = honest(g);
                std::ranges::fill(MutableByteView(wire).subspan(enc_at(g, wire), kEncBytes), 0x5a);
                return wire;
              }),
      refused("AnEncapsulationOfAnotherRequest", "malformed_seal",
              [honest](FakeGateway& g) {
                const Bytes other = honest(g);
                Bytes wire = honest(g);
                std::ranges::copy(ByteView(other).subspan(enc_at(g, other), kEncBytes),
                                  MutableByteView(wire).subspan(enc_at(g, wire)).begin());
                return wire;
              }),
      refused("ARequestIdOfItsOwn", "malformed_seal",
              [honest](FakeGateway& g) {
                Bytes wire = honest(g);
                wire[11] ^= 1;
                return wire;
              }),
      stays("TheSameRequestTwice", kOpens,
            [](GatewayAttack& a) {
              seal::SealedRequest sealed = a.gateway.seal(kQuestionCanary);
              const std::uint32_t stream = a.gateway.next_stream();
              a.peer.frames(FakeGateway::job(stream, sealed.wire));
              EXPECT_EQ(a.gateway.finish(stream, std::move(sealed.pending)).opened.status, 200U);
              EXPECT_EQ(a.gateway.refusal_of(sealed.wire), "request_replayed");
            }),
      stays("ThreeHundredEncapsulationsOfNoise", "garbage costs whoever sends it more than the worker",
            [honest](GatewayAttack& a) {
              Bytes wire = honest(a.gateway);
              wire[enc_at(a.gateway, wire)] ^= 1;
              for (int i = 0; i < 300; ++i) EXPECT_EQ(a.gateway.refusal_of(wire), "malformed_seal");
            }),
  };
}

// What is damaged behind an honest preamble only its sender learns of: the refusal is sealed.
std::vector<GatewayRow> chunk_rows() {
  const auto sealed = [](std::string name, std::function<void(Bytes&)> damage) {
    return stays(std::move(name), "from step 7 on the refusal is a sealed response",
                 [damage = std::move(damage)](GatewayAttack& a) {
                   seal::SealedRequest request = a.gateway.seal(kQuestionCanary);
                   damage(request.wire);
                   const std::uint32_t stream = a.gateway.next_stream();
                   a.peer.frames(FakeGateway::job(stream, request.wire));
                   const auto outcome = a.gateway.finish(stream, std::move(request.pending));
                   EXPECT_EQ(outcome.opened.status, 400U);
                   EXPECT_TRUE(outcome.opened.body.contains("malformed_seal")) << outcome.opened.body;
                 });
  };
  return {
      sealed("AFlippedBitInTheLastChunk", [](Bytes& wire) { wire.back() ^= 1; }),
      sealed("ACutChunk", [](Bytes& wire) { wire.pop_back(); }),
      sealed("AByteBehindTheLastChunk", [](Bytes& wire) { wire.push_back(0); }),
      sealed("MegabytesBehindADamagedChunk",
             [](Bytes& wire) {
               wire.back() ^= 1;
               wire.resize(wire.size() + 200'000, 'x');
             }),
  };
}

std::vector<GatewayRow> cancel_rows() {
  const auto cancelled = [](std::string name, std::function<void(GatewayAttack&, std::uint32_t, ByteView)> part) {
    return stays(std::move(name), kCancel, [part = std::move(part)](GatewayAttack& a) {
      const Bytes wire = a.gateway.seal(std::string(kQuestionCanary) + std::string(kHold), true).wire;
      const std::uint32_t stream = a.gateway.next_stream();
      part(a, stream, wire);
      a.peer.frames(frame(stream, FrameType::reset));
      EXPECT_TRUE(a.peer.hear(stream, FrameType::reset));
    });
  };
  return {
      cancelled("CancelsAtOnce",
                [](GatewayAttack& a, auto stream, ByteView) { a.peer.frames(FakeGateway::job(stream, {}, false)); }),
      cancelled("CancelsInThePreamble",
                [](GatewayAttack& a, auto stream, ByteView wire) {
                  a.peer.frames(FakeGateway::job(stream, wire.first(200), false));
                }),
      cancelled("CancelsBeforeTheLastByte",
                [](GatewayAttack& a, auto stream, ByteView wire) {
                  a.peer.frames(FakeGateway::job(stream, wire.first(wire.size() - 1), false));
                }),
      cancelled("CancelsWithTheLastByte",
                [](GatewayAttack& a, auto stream, ByteView wire) { a.peer.frames(FakeGateway::job(stream, wire)); }),
      stays("CancelsInTheSameBreath",
            "a RESET that is read together with the question's last byte ends the job as well",
            [](GatewayAttack& a) {
              for (int i = 0; i < 20; ++i) {
                const std::uint32_t stream = a.gateway.next_stream();
                const Bytes wire = a.gateway.seal(std::string(kQuestionCanary) + std::string(kHold), true).wire;
                a.peer.frames(FakeGateway::job(stream, wire) + frame(stream, FrameType::reset));
                EXPECT_TRUE(a.peer.hear(stream, FrameType::reset));
              }
            }),
      cancelled("CancelsInTheAnswer",
                [](GatewayAttack& a, auto stream, ByteView wire) {
                  a.peer.frames(FakeGateway::job(stream, wire));
                  EXPECT_TRUE(a.peer.hear(stream, FrameType::data));
                }),
      stays("CancelsAfterTheEnd", "one whose END crossed a RESET, it sends at once",
            [](GatewayAttack& a) {
              const std::uint32_t stream = a.gateway.next_stream();
              a.peer.frames(FakeGateway::job(stream, a.gateway.seal(kQuestionCanary).wire));
              EXPECT_TRUE(a.peer.hear(stream, FrameType::end));
              a.peer.frames(frame(stream, FrameType::reset));
              const auto late = a.peer.take<link::LateReceipt>();
              ASSERT_TRUE(late);
              EXPECT_EQ(late->jws, to_text(a.peer.find(stream, FrameType::end)->payload));
              a.peer.control(link::ReceiptRecorded{to_array<16>(Bytes(16, static_cast<std::uint8_t>(stream)))});
            }),
      stays("OpensAndCancelsTwentyThousandTimes", kCancel,
            [](GatewayAttack& a) {
              for (int i = 0; i < 200; ++i) {
                Bytes many;
                for (int k = 0; k < 100; ++k) {
                  const std::uint32_t stream = a.gateway.next_stream();
                  append(many, FakeGateway::job(stream, {}, false) + frame(stream, FrameType::reset));
                }
                a.peer.frames(many);
                (void)a.peer.hear([] { return false; }, milliseconds(0));
                a.peer.heard.clear();
              }
            }),
  };
}

// An engine that would fill any memory there is.
void endless(Wire& wire, const Engine::Request&) {
  const std::string event = Engine::event(Engine::piece(std::string(30'000, 'x')));
  bool good = wire.send(Engine::head());
  for (std::size_t sent = 0; good && sent < (std::size_t{256} << 20); sent += event.size()) {
    good = wire.send(event, milliseconds(5'000));
  }
}

// Begins a job of it, whose answer nobody takes.
std::uint32_t let_lie(GatewayAttack& a, std::uint32_t more_credit) {
  a.network.engine.next(endless);
  const std::uint32_t stream = a.gateway.next_stream();
  Bytes job = FakeGateway::job(stream, a.gateway.seal(kQuestionCanary, true).wire);
  a.peer.frames(more_credit == 0 ? job : job + credit(stream, more_credit));
  return stream;
}

std::vector<GatewayRow> holding_rows() {
  return {
      stays("GivesNoCredit", "262,144 bytes of DATA per stream before the first CREDIT",
            [](GatewayAttack& a) {
              const std::uint32_t stream = let_lie(a, 0);
              EXPECT_FALSE(
                  a.peer.hear([&] { return a.peer.data(stream).size() > link::kInitialCredit; }, milliseconds(500)));
              EXPECT_EQ(a.peer.data(stream).size(), link::kInitialCredit);
              a.peer.frames(frame(stream, FrameType::reset));
              EXPECT_TRUE(a.peer.hear(stream, FrameType::reset));
            }),
      {.name = "GrantsCreditAndReadsNothing",
       .rule = std::string(kBounded),
       .start = Behaves::welcomed,
       .attack =
           [](GatewayAttack& a) {
             const std::size_t before = a.network.worker.memory_kib();
             for (std::size_t i = 0; i < kWorkerPlaces; ++i) {
               const std::size_t asked = a.network.engine.asked();
               (void)let_lie(a, link::kMaxCredit - link::kInitialCredit);
               EXPECT_TRUE(wait_until([&] { return a.network.engine.asked() > asked; }));
             }
             // Nothing is read: what the sockets do not hold is held by the worker, up to its bound.
             EXPECT_FALSE(wait_until([&] { return a.network.worker.memory_kib() > before + 24 * kMebibyte; },
                                     milliseconds(1'500)));
             a.peer.wire_.reset_at_close();
             a.peer.wire_.close();
             a.peer.ended = true;
           },
       .ending = Ending::dropped,
       .why = "ws_failed",
       .most_kib = 24 * kMebibyte},
      {.name = "MakesItSpeakAndReadsNothing",
       .rule = std::string(kBounded),
       .start = Behaves::welcomed,
       .attack =
           [](GatewayAttack& a) {
             bool good = true;
             std::vector<std::array<std::uint8_t, 2 * link::kFrameHeaderBytes + link::kOpenBytes>> many(10'000);
             const Bytes one = frame(0, FrameType::open, Bytes(link::kOpenBytes, 1)) + frame(0, FrameType::reset);
             std::ranges::copy(one, many[0].begin());
             std::ranges::fill(many, std::array(many[0]));
             for (int i = 0; i < 800 && good; ++i) {
               for (auto& each : many) {
                 const std::uint32_t stream = htonl(a.gateway.next_stream());
                 std::memcpy(each.data(), &stream, sizeof stream);
                 std::memcpy(each.data() + link::kFrameHeaderBytes + link::kOpenBytes, &stream, sizeof stream);
               }
               good = a.peer.raw(a.peer.websocket_bytes(0x82, ByteView(many[0].data(), many.size() * one.size())));
             }
             EXPECT_FALSE(good) << "eight million answers, and nobody minds that none is read";
           },
       .ending = Ending::dropped,
       // A sanitizer slows it down: the socket, on which nothing moves, may be given up before so much is said.
       .why = kSanitized ? "" : "link_limit/unread",
       .most_kib = 96 * kMebibyte},
      stays("TakesEveryPlaceAndSendsNothing", "a link's end frees its places",
            [](GatewayAttack& a) {
              std::uint32_t last = 0;
              for (std::size_t i = 0; i < 2 * kWorkerPlaces; ++i) {
                last = a.gateway.next_stream();
                a.peer.frames(FakeGateway::job(last, {}, false));
              }
              ASSERT_TRUE(a.peer.hear(last, FrameType::refuse));
              EXPECT_EQ(to_text(a.peer.find(last, FrameType::refuse)->payload), "worker_busy");
            }),
      {.name = "GoesAwayWithAnAnswerUnderWay",
       .rule = "a link's end frees its places",
       .start = Behaves::with_job,
       .attack =
           [](GatewayAttack& a) {
             a.peer.wire_.reset_at_close();
             a.peer.wire_.close();
             a.peer.ended = true;
           },
       .ending = Ending::dropped,
       .why = "ws_failed"},
  };
}

}  // namespace

std::vector<GatewayRow> gateway_job_rows() {
  std::vector<GatewayRow> rows = seal_rows();
  for (const auto& more : {chunk_rows(), cancel_rows(), holding_rows()})
    rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

}  // namespace aipg::hostile
