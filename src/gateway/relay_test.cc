// SPDX-License-Identifier: Apache-2.0
// Jobs through a whole gateway over real sockets, with workers that do as the test says.
#include "gateway/relay.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/names.h"
#include "gateway/held_store_for_tests.h"
#include "gateway/routes.h"
#include "gateway/scripted_worker_for_tests.h"
#include "net/loopback_test.h"
#include "seal/sender.h"

namespace aipg::gateway {
namespace {

constexpr std::string_view kPath = "/v1/chat/completions";

class RelayTest : public net::Loopback {
 protected:
  // Gateway and registered workers; then the test; then all ended.
  void with_workers(std::vector<ScriptedWorker*> workers, std::function<net::Task<void>()> test) {
    run([](RelayTest& t, auto all, std::function<net::Task<void>()> body) -> net::Task<void> {
      t.server = t.serve([&t](net::Exchange& exchange) { return t.routes.handle(exchange); }, t.server_limits);
      for (ScriptedWorker* worker : all) co_await t.connect(*worker);
      co_await t.until([&] { return t.roster.size() == all.size(); });
      co_await body();
      for (ScriptedWorker* worker : all) worker->link->close();
      co_await t.until([&] { return std::ranges::all_of(all, &ScriptedWorker::ended); });
      co_await t.server->drain(milliseconds(0));
      EXPECT_TRUE(co_await t.settler.unsettled().wait_idle(milliseconds(10'000)));
    }(*this, std::move(workers), std::move(test)));
  }
  net::Task<void> connect(ScriptedWorker& worker) {
    auto stream = co_await raw(*server);
    co_await write(*stream, "GET " + std::string(api::kWorkerLinkPath) +
                                " HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                                "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    // The gateway speaks first: its greeting may have come with the answer, which is therefore read byte by byte.
    for (std::string head; !head.ends_with("\r\n\r\n");) {
      ByteArray<1> byte;
      const auto read = co_await stream->read_some(byte);
      if (read.outcome != net::Stream::Outcome::done) break;
      head += static_cast<char>(byte[0]);
    }
    runtime.spawn(worker.run(runtime, std::make_shared<DeafStream>(runtime, std::move(stream))));
  }
  // Looks again at every turn; a test that hangs is ended by the fixture.
  net::Task<void> until(std::function<bool()> condition) {
    while (!condition()) co_await runtime.sleep(milliseconds(1));
  }

  Bytes sealed_to(std::vector<const ScriptedWorker*> workers, std::size_t size = 100) {
    seal::SealRequest request;
    request.suite = crypto::hpke::Suite::x25519;
    request.routing.path = kPath;
    request.routing.model = "m";
    request.expires = clock.now() + std::chrono::minutes(2);
    const Bytes body(size, 'x');
    request.body = body;
    for (const ScriptedWorker* worker : workers) {
      const attest::SuiteKey& key = worker->keyset.keys[0];
      request.recipients.push_back({key.kid, key.public_key, worker->keyset.id, worker->keyset.receipt_key, {}});
    }
    return seal::seal_request(request, rng).value().wire;
  }
  net::Headers headers() const {
    net::Headers out;
    out.add("Authorization", "Bearer " + api_key);
    out.add(api::kConfidentialHeader, api::kConfidentialRequired);
    out.add("Content-Type", seal::kRequestContentType);
    return out;
  }
  // Starts a request; its answer is in `answer` when it came.
  void start(Bytes wire) {
    runtime.spawn([](RelayTest& t, Bytes body) -> net::Task<void> {
      net::HttpClient client(t.runtime, at(*t.server));
      t.answer = co_await client.fetch({"POST", std::string(kPath), t.headers(), body}, 64 << 20);
      ++t.answers;
    }(*this, std::move(wire)));
  }
  // "code retry", when the answer is there.
  net::Task<std::string> refusal() {
    co_await until([this] { return answer.has_value(); });
    if (!*answer) co_return std::string((*answer).error().code.view());
    const auto code = api::parse_error_body(as_text((*answer)->body));
    if (!code) co_return "answered";
    co_return std::string(api::info(*code).name.view()) + " " +
        std::string((*answer)->head.headers.find(api::kShouldRetryHeader).value_or("-"));
  }
  [[nodiscard]] std::string request(ByteView wire) const {
    std::string text = "POST " + std::string(kPath) + " HTTP/1.1\r\nHost: h\r\n";
    for (const net::Header& header : headers().all()) text += fmt::format("{}: {}\r\n", header.name, header.value);
    return text + "Content-Length: " + std::to_string(wire.size()) + "\r\n\r\n" + std::string(as_text(wire));
  }
  // A client that has sent a request and reads nothing, once the worker has it.
  net::Task<std::shared_ptr<net::Stream>> ask(ScriptedWorker& worker) {
    auto client = co_await raw(*server);
    co_await write(*client, request(sealed_to({&worker})));
    co_await until([&] { return worker.stream != 0; });
    co_return client;
  }
  // And a worker that answers until nobody takes any more, ends its answer and loses its link.
  net::Task<std::shared_ptr<net::Stream>> answer_nobody_reads(ScriptedWorker& worker) {
    auto client = co_await ask(worker);
    const Bytes piece(64 * 1024, 'a');
    for (int waited = 0; waited < 100;) {
      const bool sent = worker.link->mux().send_data(worker.stream, piece) != 0;
      worker.link->flush();
      waited = sent ? 0 : waited + 1;
      co_await runtime.sleep(milliseconds(1));
    }
    worker.link->mux().send_end(worker.stream, as_bytes(worker.receipt()));
    worker.link->close();
    co_await until([this] { return roster.empty(); });
    co_return client;
  }
  // Asks for evidence; the status is appended when it came.
  net::Task<void> challenge(Hash256 keyset_id, std::vector<unsigned>& statuses) {
    const std::string body = api::write_challenge_request({rng.array<32>(), {keyset_id}});
    net::HttpClient client(runtime, at(*server));
    auto response = co_await client.fetch({"POST", std::string(api::kChallengePath), {}, as_bytes(body)}, 1 << 20);
    statuses.push_back(response ? response->head.status : 0);
  }
  // Of nobody.
  void end_job(const ByteArray<16>& id) {
    store::JobRecord job;
    job.id = id;
    late_receipts.job_begins(id);
    settler.settle(EndedJob{.record = std::move(job)});
  }
  std::size_t waiting_at(const ScriptedWorker& worker) const {
    const KeysetRecord* record = roster.find_keyset(worker.keyset.id);
    return record == nullptr ? 0 : record->session->places().waiting();
  }
  net::Task<store::JobRecord> recorded(ByteArray<16> job) {
    // By a connection of its own: late receipts use `store` on another thread.
    const auto reader = store::open_sqlite_store(folder.file("gateway.db"), rng).value();
    co_await until([&] { return reader->find_job(job).value().has_value(); });
    co_return **reader->find_job(job);
  }

  net::TemporaryFolder folder;
  SystemClock clock;
  crypto::SystemRng rng;
  program::Log log{program::LogLevel::error};
  std::unique_ptr<store::JobStore> store = store::open_sqlite_store(folder.file("gateway.db"), rng).value();
  std::string api_key = store->create_key("test", clock.now()).value();
  Roster roster{clock};
  LateReceipts late_receipts{*store, log};
  HeldStore* disk = new HeldStore(store::open_sqlite_store(folder.file("gateway.db"), rng).value());
  Settler settler{runtime, std::unique_ptr<store::JobStore>(disk), late_receipts, log};
  Limits limits{clock};
  Metrics metrics;
  Config config{.challenge_waiting = 1};
  Routes routes{{runtime, roster, *store, late_receipts, settler, limits, metrics, clock, rng, log, config}};
  ScriptedWorker one{9}, two{10};
  net::ServerLimits server_limits;
  std::unique_ptr<net::HttpServer> server;
  std::optional<Result<net::HttpClient::Whole>> answer;  // the last
  int answers = 0;
};

TEST_F(RelayTest, ABodyThatDoesNotComeInTimeIsRefusedWith408AndReachesNoWorker) {
  server_limits.body_progress = milliseconds(30);
  with_workers({&one}, [this]() -> net::Task<void> {
    auto client = co_await raw(*server);
    std::string text = request(sealed_to({&one}));
    text.pop_back();
    co_await write(*client, text);
    const std::string answer = co_await read_to_end(*client);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 408 ")) << answer;
    EXPECT_EQ(api::parse_error_body(answer.substr(answer.find("\r\n\r\n") + 4)), api::ErrorCode::malformed_request);
    EXPECT_EQ(one.stream, 0U);
  });
}

TEST_F(RelayTest, DoesNotAskToRepeatWhatALostWorkerMayHaveRun) {
  with_workers({&one}, [this]() -> net::Task<void> {
    start(sealed_to({&one}));
    co_await until([this] { return one.stream != 0; });
    one.link->abort();
    EXPECT_EQ(co_await refusal(), "upstream_lost false");
  });
}

TEST_F(RelayTest, ALostWorkerOutweighsTheRefusalOfTheNext) {
  with_workers({&one, &two}, [this]() -> net::Task<void> {
    start(sealed_to({&one, &two}));
    co_await until([this] { return one.stream != 0; });
    one.link->abort();
    co_await until([this] { return two.stream != 0; });
    two.refuse("worker_busy");
    EXPECT_EQ(co_await refusal(), "upstream_lost false") << "the first may have run it";
  });
}

TEST_F(RelayTest, PassesOnWhyALargeRequestWasRefused) {
  with_workers({&one}, [this]() -> net::Task<void> {
    start(sealed_to({&one}, 1 << 20));
    co_await until([this] { return one.received == link::kInitialCredit; });
    one.refuse("worker_busy");
    EXPECT_EQ(co_await refusal(), "worker_busy true");
  });
}

TEST_F(RelayTest, WaitsForAPlaceAtAFullWorker) {
  one.jobs = 1;
  with_workers({&one}, [this]() -> net::Task<void> {
    start(sealed_to({&one}));
    co_await until([this] { return one.stream != 0; });
    const std::uint32_t first = one.stream;
    start(sealed_to({&one}));
    co_await until([this] { return waiting_at(one) == 1; });
    EXPECT_EQ(one.stream, first);
    one.answer();
    co_await until([this] { return one.stream != 0; });
    EXPECT_EQ(answers, 1);
    one.answer();
    co_await until([this] { return answers == 2; });
    EXPECT_EQ(co_await refusal(), "answered");
  });
}

TEST_F(RelayTest, TakesTheFirstWorkerThatHasAPlace) {
  one.jobs = two.jobs = 1;
  with_workers({&one, &two}, [this]() -> net::Task<void> {
    start(sealed_to({&one}));
    co_await until([this] { return one.stream != 0; });
    start(sealed_to({&one, &two}));
    co_await until([this] { return two.stream != 0; });
    start(sealed_to({&one, &two}));
    co_await until([this] { return waiting_at(one) == 1 && waiting_at(two) == 1; });
    two.answer();
    co_await until([this] { return two.stream != 0; });
    EXPECT_EQ(waiting_at(one), 0U) << "it has a place now";
    one.answer();
    two.answer();
    co_await until([this] { return answers == 3; });
  });
}

TEST_F(RelayTest, SaysWhenToTryAgainWhenNoPlaceCameFree) {
  one.jobs = 1;
  config.queue_wait = milliseconds(20);
  with_workers({&one}, [this]() -> net::Task<void> {
    start(sealed_to({&one}));
    co_await until([this] { return one.stream != 0; });
    start(sealed_to({&one}));
    EXPECT_EQ(co_await refusal(), "worker_busy true");
    EXPECT_EQ((*answer)->head.headers.find(api::kRetryAfterHeader), "1");
    EXPECT_EQ(waiting_at(one), 0U);
    one.answer();
    co_await until([this] { return answers == 2; });
    EXPECT_TRUE(co_await settler.unsettled().wait_idle(milliseconds(10'000)));
    EXPECT_EQ(store->count_jobs(), 1U) << "what no worker was given leaves no record";
  });
}

TEST_F(RelayTest, WhoLeavesDoesNotWaitAnyLonger) {
  one.jobs = 1;
  with_workers({&one}, [this]() -> net::Task<void> {
    start(sealed_to({&one}));
    co_await until([this] { return one.stream != 0; });
    auto client = co_await raw(*server);
    co_await write(*client, request(sealed_to({&one})));
    co_await until([this] { return waiting_at(one) == 1; });
    client->close();
    co_await until([this] { return waiting_at(one) == 0; });
    one.answer();
    co_await until([this] { return answers == 1; });
  });
}

TEST_F(RelayTest, ALostWorkerIsWaitedForNoLonger) {
  one.jobs = 1;
  with_workers({&one}, [this]() -> net::Task<void> {
    auto client = co_await ask(one);
    start(sealed_to({&one}));
    co_await until([this] { return waiting_at(one) == 1; });
    one.link->abort();
    EXPECT_EQ(co_await refusal(), "no_confidential_worker false");
    client->close();
  });
}

TEST_F(RelayTest, ALargeRequestThatWaitsIsReadNoFurtherThanItIsKept) {
  one.jobs = 1;
  with_workers({&one}, [this]() -> net::Task<void> {
    one.takes = true;
    auto client = co_await ask(one);
    const std::uint32_t first = one.stream;
    start(sealed_to({&one}, 1 << 20));
    co_await until([this] { return waiting_at(one) == 1; });
    co_await runtime.sleep(milliseconds(20));
    one.received = 0;
    one.answer();
    co_await until([&] { return one.stream > first; });
    co_await until([this] { return one.received > 1 << 20; });
    one.answer();
    EXPECT_EQ(co_await refusal(), "answered");
    client->close();
  });
}

TEST_F(RelayTest, SendsNoMoreOfWhoseSealsTheWorkerCannotOpen) {
  config.limit_bad_seals = 2;
  with_workers({&one, &two}, [this]() -> net::Task<void> {
    for (int i = 1; i <= 2; ++i) {
      start(sealed_to({&one}));
      co_await until([this] { return one.stream != 0; });
      one.refuse("malformed_seal");
      one.stream = 0;
      co_await until([&] { return answers == i; });
      EXPECT_EQ(co_await refusal(), "malformed_seal false");
    }
    start(sealed_to({&one}));
    co_await until([this] { return answers == 3; });
    EXPECT_EQ(co_await refusal(), "quota_exceeded true");
    EXPECT_EQ((*answer)->head.headers.find(api::kRetryAfterHeader), "30");
    EXPECT_EQ(one.stream, 0U);
    start(sealed_to({&two}));
    co_await until([this] { return two.stream != 0; });
    two.answer();
    co_await until([this] { return answers == 4; });
    EXPECT_EQ(co_await refusal(), "answered") << "what one worker says of a key is no other's business";
  });
}

TEST_F(RelayTest, AKeyBeyondItsLimitsIsToldHowLongToWait) {
  limits.set({.jobs = 1}, {});
  with_workers({&one}, [this]() -> net::Task<void> {
    start(sealed_to({&one}));
    co_await until([this] { return one.stream != 0; });
    start(sealed_to({&one}));
    EXPECT_EQ(co_await refusal(), "quota_exceeded true");
    EXPECT_EQ((*answer)->head.headers.find(api::kRetryAfterHeader), "1");
    one.answer();
    co_await until([this] { return answers == 2; });
    start(sealed_to({&one}));
    co_await until([this] { return one.stream != 0; });
    one.answer();
    co_await until([this] { return answers == 3; });
    EXPECT_EQ(co_await refusal(), "answered");
  });
}

TEST_F(RelayTest, TakesNoPlaceForARequestThatIsNotAllHere) {
  with_workers({&one}, [this]() -> net::Task<void> {
    auto client = co_await raw(*server);
    const Bytes wire = sealed_to({&one});
    const std::string text = request(wire);
    co_await write(*client, std::string_view(text).substr(0, text.size() - 1));
    co_await until([this] { return routes.jobs().running() == 1; });
    co_await runtime.sleep(milliseconds(20));
    EXPECT_EQ(one.stream, 0U);
    co_await write(*client, std::string_view(text).substr(text.size() - 1));
    co_await until([this] { return one.stream != 0; });
    one.answer();
    EXPECT_THAT(co_await read_until(*client, "aaa"), testing::StartsWith("HTTP/1.1 200"));
    client->close();
  });
}

TEST_F(RelayTest, KeepsTheLastByteOfALargeRequestUntilItsEndIsKnown) {
  with_workers({&one}, [this]() -> net::Task<void> {
    const Bytes wire = sealed_to({&one}, 1 << 20);
    std::string text = "POST " + std::string(kPath) + " HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n";
    for (const net::Header& header : headers().all()) text += fmt::format("{}: {}\r\n", header.name, header.value);
    char size[16];
    (void)std::snprintf(size, sizeof(size), "%zx", wire.size());
    text += "\r\n" + std::string(size) + "\r\n" + std::string(as_text(wire)) + "\r\n";
    one.takes = true;
    auto client = co_await raw(*server);
    co_await write(*client, text);
    co_await until([&] { return one.received == wire.size() - 1; });
    co_await runtime.sleep(milliseconds(20));
    EXPECT_EQ(one.received, wire.size() - 1);
    co_await write(*client, "a trailer: which is refused\r\n");
    EXPECT_THAT(co_await read_until(*client, "}"), testing::StartsWith("HTTP/1.1 400"));
    EXPECT_EQ(one.received, wire.size() - 1);
    client->close();
  });
}

TEST_F(RelayTest, DoesNotPassOnACodeThatIsNotAWorkersToSay) {
  with_workers({&one}, [this]() -> net::Task<void> {
    start(sealed_to({&one}));
    co_await until([this] { return one.stream != 0; });
    one.refuse("invalid_api_key");
    EXPECT_EQ(co_await refusal(), "upstream_lost false");
  });
}

TEST_F(RelayTest, SaysHowLongAnAnswerIsThatIsWholeWhenItBegins) {
  with_workers({&one}, [this]() -> net::Task<void> {
    const std::string length = "Content-Length: " + std::to_string(seal::kResponsePreambleBytes) + "\r\n";
    const std::string content(seal::kResponsePreambleBytes, 'a');
    auto client = co_await ask(one);
    one.answer();
    const std::string whole = co_await read_until(*client, content);
    EXPECT_THAT(whole, testing::HasSubstr(length));
    EXPECT_THAT(whole, testing::EndsWith("\r\n\r\n" + content));
    client->close();

    client = co_await ask(one);
    EXPECT_EQ(one.link->mux().send_data(one.stream, as_bytes(content)), content.size());
    one.link->flush();
    std::string begun = co_await read_until(*client, content);
    EXPECT_THAT(begun, testing::HasSubstr("Transfer-Encoding: chunked\r\n"));
    EXPECT_THAT(begun, testing::Not(testing::HasSubstr("Content-Length")));
    one.link->mux().send_end(one.stream, as_bytes(one.receipt()));
    one.link->flush();
    begun += co_await read_until(*client, "0\r\n\r\n");
    EXPECT_THAT(begun, testing::EndsWith(content + "\r\n0\r\n\r\n"));
    client->close();
  });
}

TEST_F(RelayTest, PassesOnAWholeAnswerWhoseLinkWasLostAfterItsEnd) {
  with_workers({&one}, [this]() -> net::Task<void> {
    auto client = co_await answer_nobody_reads(one);
    EXPECT_TRUE((co_await read_until(*client, "\r\n0\r\n\r\n")).ends_with("\r\n0\r\n\r\n"));
    const store::JobRecord job = co_await recorded(one.job);
    EXPECT_EQ(job.outcome, store::JobOutcome::answered);
    EXPECT_EQ(job.receipt, one.receipt());
    client->close();
  });
}

TEST_F(RelayTest, RecordsTheReceiptOfAnAnswerThatItsClientLeft) {
  with_workers({&one}, [this]() -> net::Task<void> {
    auto client = co_await answer_nobody_reads(one);
    client->close();
    const store::JobRecord job = co_await recorded(one.job);
    EXPECT_EQ(job.outcome, store::JobOutcome::cancelled);
    EXPECT_EQ(job.receipt, one.receipt());
    EXPECT_EQ(job.tokens_out, 32U);
  });
}

TEST_F(RelayTest, AcknowledgesWhenTheDiskHasTheRecordAndServesOthersMeanwhile) {
  with_workers({&one}, [this]() -> net::Task<void> {
    disk->hold(true);
    for (int job = 0; job < 2; ++job) {
      start(sealed_to({&one}));
      co_await until([this] { return one.stream != 0; });
      one.answer();
      EXPECT_EQ(co_await refusal(), "answered");
      answer.reset();
    }
    co_await runtime.sleep(milliseconds(20));
    EXPECT_EQ(one.acknowledged, 0);
    EXPECT_EQ(store->count_jobs(), 0U);
    disk->hold(false);
    co_await until([this] { return one.acknowledged == 2; });
    EXPECT_EQ(store->count_jobs(), 2U);
    EXPECT_EQ((co_await recorded(one.job)).receipt, one.receipt());
  });
}

TEST_F(RelayTest, AWorkersNewLinkTakesOverFromOneThatDiedUnnoticed) {
  with_workers({&one}, [this]() -> net::Task<void> {
    const auto dead = roster.find_keyset(one.keyset.id)->session;
    ScriptedWorker again(9, one.keyset);
    co_await connect(again);
    co_await until([&] { return again.ended || roster.find_keyset(one.keyset.id)->session != dead; });
    EXPECT_FALSE(again.ended) << "refused";
    start(sealed_to({&one}));
    co_await until([&] { return again.ended || again.stream != 0; });
    one.link->close();
    co_await until([this] { return one.ended; });
    EXPECT_NE(roster.find_keyset(one.keyset.id), nullptr) << "the end of the old link is not the end of the keyset";
    again.link->close();
    co_await until([&] { return again.ended; });
    EXPECT_EQ(co_await refusal(), "upstream_lost false");
  });
}

TEST_F(RelayTest, HoldsNoMoreForAWorkerThatGrantsCreditAndDoesNotRead) {
  with_workers({&one}, [this]() -> net::Task<void> {
    start(sealed_to({&one}, 31U << 20));
    co_await until([this] { return one.stream != 0; });
    one.ears->hear(false);
    Bytes credit;
    link::write_frame(credit, one.stream, link::FrameType::credit, ByteWriter().u32be(1U << 20).view());
    // Enough for the whole request. As the gateway spends less than it is granted, the grants overflow.
    for (int i = 0; i < 33 && !roster.empty(); ++i) {
      one.socket->send(false, credit);
      for (int turn = 0; turn < 20; ++turn) co_await runtime.sleep(milliseconds(1));
    }
    EXPECT_TRUE(roster.empty()) << "all of the request is in the gateway's memory";
    one.link->abort();
    EXPECT_EQ(co_await refusal(), "upstream_lost false");
  });
}

TEST_F(RelayTest, GoesOnWithEveryRequestWhenASlowWorkerReadsAgain) {
  one.jobs = link::kMaxJobs;
  constexpr int kJobs = 60;
  with_workers({&one}, [this]() -> net::Task<void> {
    one.ears->hear(false);
    const Bytes wire = sealed_to({&one}, 300'000);
    for (int i = 0; i < kJobs; ++i) start(wire);
    co_await until([this] { return routes.jobs().running() == kJobs; });
    one.ears->hear(true);
    co_await until([this] { return one.received == kJobs * std::size_t{link::kInitialCredit}; });
    one.link->abort();
    co_await until([this] { return answers == kJobs; });
  });
}

TEST_F(RelayTest, NoOtherKeysetMayClaimAKnownKey) {
  with_workers({&one}, [this]() -> net::Task<void> {
    // Signed by another: the public half of a key is no secret.
    const auto thief_key = crypto::Ed25519PrivateKey::from_seed(Secret32(ByteArray<32>{77}));
    ScriptedWorker thief(77, attest::make_keyset("thief", one.keyset.not_before, one.keyset.not_after,
                                                 {{1, one.keyset.keys[0].public_key}}, thief_key.public_key()));
    co_await connect(thief);
    co_await until([&] { return thief.ended; });
    EXPECT_EQ(roster.find_kid(one.keyset.keys[0].kid)->keyset.id, one.keyset.id);
  });
}

TEST_F(RelayTest, NorOneWhoseWorkerIsAway) {
  with_workers({&one}, [this]() -> net::Task<void> {
    one.link->close();
    co_await until([this] { return roster.empty(); });
    const auto thief_key = crypto::Ed25519PrivateKey::from_seed(Secret32(ByteArray<32>{77}));
    ScriptedWorker thief(77, attest::make_keyset("thief", one.keyset.not_before, one.keyset.not_after,
                                                 {{1, one.keyset.keys[0].public_key}}, thief_key.public_key()));
    co_await connect(thief);
    co_await until([&] { return thief.ended; });
    ScriptedWorker back(9, one.keyset);
    co_await connect(back);
    co_await until([&] { return back.ended || !roster.empty(); });
    EXPECT_FALSE(back.ended) << "kept out by a thief of its keys";
    back.link->close();
    co_await until([&] { return back.ended; });
  });
}

TEST_F(RelayTest, AKeysetOfTheFutureIsRefused) {
  with_workers({}, [this]() -> net::Task<void> {
    const Instant start = clock.now() + std::chrono::minutes(10);
    ScriptedWorker early(9, attest::make_keyset("w-9", start, start + std::chrono::minutes(60), {{1, Bytes(32, 9)}},
                                                one.key.public_key()));
    co_await connect(early);
    co_await until([&] { return early.ended; });
    EXPECT_TRUE(roster.empty());
  });
}

TEST_F(RelayTest, AWorkerThatWasLetInBeforeTheGatewayDrainsIsTold) {
  with_workers({}, [this]() -> net::Task<void> {
    auto other = serve([this](net::Exchange& exchange) -> net::Task<void> {
      routes.drain();
      co_await routes.take_link(exchange);
    });
    std::swap(server, other);
    co_await connect(one);
    co_await until([this] { return one.told_to_drain; });
    one.link->close();
    co_await until([this] { return one.ended; });
    std::swap(server, other);
    co_await other->drain(milliseconds(0));
  });
}

TEST_F(RelayTest, ALinkThatNeverRegistersIsClosed) {
  config.register_within = milliseconds(1);
  with_workers({}, [this]() -> net::Task<void> {
    one.silent = true;
    co_await connect(one);
    co_await until([this] { return one.ended; });
  });
}

// A keyset has several kids, and its worker one line.
TEST_F(RelayTest, AWorkerThatARequestNamesTwiceIsWaitedForOnce) {
  ScriptedWorker both(
      11, attest::make_keyset("w-11", clock.now(), clock.now() + std::chrono::minutes(60),
                              {{1, Bytes(32, 11)}, {2, Bytes(1216, 11)}},
                              crypto::Ed25519PrivateKey::from_seed(Secret32(ByteArray<32>{11})).public_key()));
  both.jobs = 1;
  with_workers({&both}, [&]() -> net::Task<void> {
    start(sealed_to({&both}));
    co_await until([&] { return both.stream != 0; });
    Bytes twice = sealed_to({&both, &one});
    const auto other = std::ranges::search(twice, one.keyset.keys[0].kid);
    std::ranges::copy(both.keyset.keys[1].kid, other.begin());
    start(std::move(twice));
    co_await until([&] { return waiting_at(both) != 0; });
    EXPECT_EQ(waiting_at(both), 1U);
    both.link->close();
    co_await until([&] { return answers == 2; });
  });
}

TEST_F(RelayTest, NothingThatALostWorkerBeganToSayIsInTheAnswerOfTheNext) {
  with_workers({&one, &two}, [this]() -> net::Task<void> {
    start(sealed_to({&one, &two}));
    co_await until([this] { return one.stream != 0; });
    EXPECT_EQ(one.link->mux().send_data(one.stream, Bytes(200, 'z')), 200U);  // both in one message
    one.link->mux().send_reset(one.stream);
    one.link->flush();
    co_await until([this] { return two.stream != 0; });
    two.answer();
    EXPECT_EQ(co_await refusal(), "answered");
    EXPECT_EQ((*answer)->body, Bytes(seal::kResponsePreambleBytes, 'a'));
  });
}

// Two answers by turns in one message, and the end of one of them.
TEST_F(RelayTest, TheEndOfAnAnswerIsToldOnce) {
  struct Sink final : JobSink {
    void on_answer(ByteView) override {}
    void on_answer_end(ByteView) override {}
    void on_heard() override { ++heard; }
    void on_refused(std::string_view) override {}
    void on_lost() override {}
    void on_writable() override {}
    int heard = 0;
  };
  with_workers({&one}, [this]() -> net::Task<void> {
    Sink first, second;
    const auto session = roster.find_keyset(one.keyset.id)->session;
    const std::uint32_t a = session->open({1}, "k", first), b = session->open({2}, "k", second);
    co_await until([&] { return one.stream == b; });
    EXPECT_EQ(one.link->mux().send_data(a, Bytes(10, 'a')), 10U);
    EXPECT_EQ(one.link->mux().send_data(b, Bytes(10, 'b')), 10U);
    one.link->mux().send_end(a, as_bytes("receipt"));
    one.link->flush();
    co_await until([&] { return first.heard != 0; });
    EXPECT_EQ(first.heard, 1);
    EXPECT_EQ(second.heard, 1);
    session->cancel(a);
    session->cancel(b);
  });
}

TEST_F(RelayTest, AWorkerThatLeftChallengesUnansweredIsAskedAgain) {
  with_workers({&one}, [this]() -> net::Task<void> {
    const auto session = roster.find_keyset(one.keyset.id)->session;
    one.proves = false;
    for (std::uint8_t i = 1; i <= 40; ++i) {
      const auto evidence = co_await session->challenge(one.keyset.id, Hash256{i}, milliseconds(1));
      EXPECT_EQ(evidence.error().code, Literal("challenge_timeout"));
    }
    one.proves = true;
    one.prove(one.challenges.back());  // which is nobody's any more
    const auto evidence = co_await session->challenge(one.keyset.id, Hash256{99}, milliseconds(10'000));
    EXPECT_TRUE(evidence.has_value());
    EXPECT_FALSE(one.ended);
  });
}

TEST_F(RelayTest, AWorkerMayNotAnswerAChallengeTwice) {
  with_workers({&one}, [this]() -> net::Task<void> {
    const auto session = roster.find_keyset(one.keyset.id)->session;
    one.proves = false;
    const auto evidence = co_await session->challenge(one.keyset.id, Hash256{1}, milliseconds(1));
    EXPECT_FALSE(evidence);
    one.prove(one.challenges.back());
    co_await runtime.sleep(milliseconds(20));
    EXPECT_FALSE(one.ended);
    one.prove(one.challenges.back());
    co_await until([this] { return one.ended; });
  });
}

TEST_F(RelayTest, NobodyWaitsForEvidenceOfAKeysetThatWasRetired) {
  with_workers({&one}, [this]() -> net::Task<void> {
    std::vector<unsigned> statuses;
    one.proves = false;
    const std::size_t before = one.challenges.size();
    runtime.spawn(challenge(one.keyset.id, statuses));
    co_await until([&] { return one.challenges.size() > before; });
    one.link->send(link::Retire{one.keyset.id});
    const milliseconds began = clock.monotonic();
    co_await until([&] { return !statuses.empty(); });
    EXPECT_LT(clock.monotonic() - began, config.challenge_timeout);
    one.prove(one.challenges.back());  // another's worker may be slow to notice
    co_await runtime.sleep(milliseconds(20));
    EXPECT_FALSE(one.ended);
  });
}

// It had room for its record when its first bytes came.
TEST_F(RelayTest, NoJobBeginsWhileTooManyRecordsWaitForTheDisk) {
  with_workers({&one}, [this]() -> net::Task<void> {
    auto client = co_await raw(*server);
    const std::string text = request(sealed_to({&one}));
    co_await write(*client, std::string_view(text).substr(0, text.size() - 1));
    co_await until([this] { return routes.state().jobs == 1; });
    disk->hold(true);
    for (std::uint16_t i = 0; !settler.full(); ++i) {
      end_job({static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(i >> 8), 1});
    }
    co_await write(*client, std::string_view(text).substr(text.size() - 1));
    const std::string answer = co_await read_until(*client, "\"param\"");
    EXPECT_TRUE(answer.contains("worker_busy")) << answer;
    EXPECT_EQ(one.stream, 0U);
    disk->hold(false);
    client->close();
  });
}

TEST_F(RelayTest, ALinkThatIsLetInAfterAllWereClosedIsClosed) {
  with_workers({}, [this]() -> net::Task<void> {
    auto other = serve([this](net::Exchange& exchange) -> net::Task<void> {
      routes.close_links();
      co_await routes.take_link(exchange);
    });
    std::swap(server, other);
    co_await connect(one);
    co_await until([this] { return one.ended; });
    std::swap(server, other);
    co_await other->drain(milliseconds(0));
  });
}

TEST_F(RelayTest, AReceiptOfAKeysetThatWasRetiredCounts) {
  with_workers({&one}, [this]() -> net::Task<void> {
    one.job = {1};
    one.link->send(link::Retire{one.keyset.id});
    one.link->send(link::LateReceipt{one.receipt()});
    co_await until([this] { return one.recorded == 1; });
    EXPECT_EQ((co_await recorded({1})).receipt, one.receipt());
    // Also if that is the last that the worker says, while records wait for the disk.
    disk->hold(true);
    end_job({2});
    co_await runtime.sleep(milliseconds(100));
    one.job = {3};
    one.link->send(link::LateReceipt{one.receipt()});
    one.link->close();
    co_await until([this] { return one.ended && routes.state().links == 0; });
    disk->hold(false);
    EXPECT_EQ((co_await recorded({3})).receipt, one.receipt());
  });
}

TEST_F(RelayTest, AWorkerThatRetiresItsKeysetsEndsItsJobs) {
  config.register_within = milliseconds(1'000);
  with_workers({&one}, [this]() -> net::Task<void> {
    start(sealed_to({&one}));
    co_await until([this] { return one.stream != 0; });
    one.link->send(link::Retire{one.keyset.id});
    co_await until([this] { return roster.empty(); });
    co_await runtime.sleep(config.register_within + milliseconds(100));
    EXPECT_FALSE(one.ended);
    one.answer();
    EXPECT_EQ(co_await refusal(), "answered");
  });
}

TEST_F(RelayTest, ALinkThatBringsNoEvidenceIsClosed) {
  config.register_within = milliseconds(1'000);
  with_workers({}, [this]() -> net::Task<void> {
    one.proves = false;
    co_await connect(one);
    co_await until([this] { return one.ended; });
    EXPECT_FALSE(one.challenges.empty());
    EXPECT_TRUE(roster.empty());
  });
}

TEST_F(RelayTest, AWorkerThatTakesNothingOfARequestIsLost) {
  config.upload_stall = milliseconds(1);
  with_workers({&one}, [this]() -> net::Task<void> {
    start(sealed_to({&one}, 1 << 20));
    EXPECT_EQ(co_await refusal(), "upstream_lost false");
    co_await until([this] { return one.received == link::kInitialCredit; });  // all that it gave credit for
  });
}

TEST_F(RelayTest, VerifiersBeyondTheLimitAreToldToComeBack) {
  with_workers({&one}, [this]() -> net::Task<void> {
    one.silent = true;  // the first nonce waits for it
    std::vector<unsigned> statuses;
    for (int i = 0; i < 4; ++i) runtime.spawn(challenge(one.keyset.id, statuses));
    co_await until([&] { return statuses.size() == 3; });
    EXPECT_THAT(statuses, testing::Each(503U));
    one.link->close();
    co_await until([&] { return statuses.size() == 4; });
    EXPECT_THAT(statuses, testing::Contains(200U)) << "who waited is answered";
  });
}

TEST_F(RelayTest, RefusesABodyThatIsTooLargeByThatName) {
  with_workers({}, [this]() -> net::Task<void> {
    auto client = co_await raw(*server);
    std::string text = "POST " + std::string(kPath) + " HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\n";
    for (const net::Header& header : headers().all()) text += fmt::format("{}: {}\r\n", header.name, header.value);
    co_await write(*client, text + "\r\n");
    const std::string head = co_await read_until(*client, "}");
    EXPECT_TRUE(head.starts_with("HTTP/1.1 413 ")) << head;
    EXPECT_TRUE(head.contains("request_too_large"));
    client->close();
  });
}

}  // namespace
}  // namespace aipg::gateway
