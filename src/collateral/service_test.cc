// SPDX-License-Identifier: Apache-2.0
// Services that fail in every way, on this machine.
#include "collateral/service.h"

#include "net/loopback_test.h"
#include "net/test_certificate.h"

namespace aipg::collateral {
namespace {

using net::Exchange;
using net::Headers;
using net::Task;

constexpr Patience kShort{.tries = 3,
                          .pause = milliseconds(1),
                          .longest_pause = milliseconds(5),
                          .one_try = milliseconds(200),
                          .total = milliseconds(10'000)};

class Services : public net::Loopback {
 public:
  // Answers of one service, one after the other; the last one stays.
  struct Step {
    unsigned status = 200;
    std::string body = "good";
    Headers headers = {};
    enum class Ending : std::uint8_t { proper, cut, silent } ending = Ending::proper;
  };
  std::vector<Step> steps;
  std::size_t asked = 0;

  net::HttpServer::Handler handler() {
    return [this](Exchange& exchange) -> Task<void> {
      const Step step = steps[std::min(asked++, steps.size() - 1)];
      if (step.ending == Step::Ending::silent) {
        co_await runtime.sleep(milliseconds(3000));
        co_return;
      }
      if (step.ending == Step::Ending::proper) {
        (void)co_await exchange.respond(step.status, "text/plain", step.body, step.headers);
        co_return;
      }
      (void)co_await exchange.write_head(step.status, step.headers, step.body.size() + 100);
      (void)co_await exchange.write_body(as_bytes(step.body));
      exchange.abort();
    };
  }

  // What asking comes to: the body, or the code.
  std::string ask(const Patience& patience = kShort, std::size_t max_bytes = 1000) {
    std::string out;
    run([](Services& t, const Patience& with, std::size_t limit, std::string& result) -> Task<void> {
      auto server = t.serve(t.handler());
      Service service(t.runtime, at(*server), {}, with);
      const auto answer = co_await service.ask({}, limit);
      result = answer ? std::string(as_text(answer->body)) : std::string(answer.error().error.code.view());
    }(*this, patience, max_bytes, out));
    return out;
  }
  static Headers retry_after(std::string_view value) {
    Headers out;
    out.add("Retry-After", value);
    return out;
  }
};

TEST_F(Services, AreAskedOnceWhenTheyAnswer) {
  steps = {{}};
  EXPECT_EQ(ask(), "good");
  EXPECT_EQ(asked, 1U);
}

TEST_F(Services, AreAskedAgainAfterAFailureOfTheirs) {
  for (const unsigned status : {500U, 502U, 503U, 429U}) {
    steps = {{.status = status}, {}};
    asked = 0;
    EXPECT_EQ(ask(), "good") << status;
    EXPECT_EQ(asked, 2U) << status;
  }
}

TEST_F(Services, AreAskedAgainAfterAnAnswerThatBreaksOff) {
  steps = {{.ending = Step::Ending::cut}, {}};
  EXPECT_EQ(ask(), "good");
}

TEST_F(Services, AreAskedAgainAfterSilence) {
  steps = {{.ending = Step::Ending::silent}, {}};
  EXPECT_EQ(ask(), "good");
}

TEST_F(Services, AreGivenUpAfterSoManyTries) {
  steps = {{.status = 503}};
  EXPECT_EQ(ask(), "service_busy");
  EXPECT_EQ(asked, kShort.tries);
}

TEST_F(Services, AreNotAskedAgainForWhatTheyRefuse) {
  const std::vector<std::pair<unsigned, std::string>> cases{
      {404, "service_not_found"}, {400, "service_refused"},  {401, "service_refused"}, {410, "service_refused"},
      {301, "service_redirect"},  {302, "service_redirect"}, {307, "service_redirect"}};
  for (const auto& [status, code] : cases) {
    steps = {{.status = status}, {}};
    asked = 0;
    EXPECT_EQ(ask(), code) << status;
    EXPECT_EQ(asked, 1U) << status;
  }
}

TEST_F(Services, AreNotFollowedElsewhere) {
  Headers elsewhere;
  elsewhere.add("Location", "/other");
  steps = {{.status = 302, .headers = elsewhere}, {.body = "from elsewhere"}};
  EXPECT_EQ(ask(), "service_redirect");
}

TEST_F(Services, AreNotReadBeyondTheLimit) {
  steps = {{.body = std::string(1001, 'x')}};
  EXPECT_EQ(ask(), "http_too_large");
  EXPECT_EQ(asked, 1U);
}

TEST_F(Services, CannotAskForALongPause) {
  steps = {{.status = 429, .headers = retry_after("86400")}, {}};
  EXPECT_EQ(ask(), "good");
}

TEST_F(Services, MayAskForAPauseInWordsThatAreNotUnderstood) {
  steps = {{.status = 503, .headers = retry_after("Fri, 31 Dec 1999 23:59:59 GMT")}, {}};
  EXPECT_EQ(ask(), "good");
}

TEST_F(Services, AreGivenUpWhenTheTimeForAllTriesIsOver) {
  Patience patience = kShort;
  patience.total = milliseconds(100);
  patience.one_try = milliseconds(5000);
  steps = {{.ending = Step::Ending::silent}};
  EXPECT_EQ(ask(patience), "http_timeout");
  EXPECT_EQ(asked, 1U);
}

TEST_F(Services, AreNotWaitedForBeyondTheTimeForAllTries) {
  Patience patience = kShort;
  patience.pause = patience.longest_pause = milliseconds(60'000);
  steps = {{.status = 503}};
  EXPECT_EQ(ask(patience), "service_busy");
  EXPECT_EQ(asked, 1U);
}

TEST_F(Services, OfANameThatTheirCertificateDoesNotHaveAreRefused) {
  const net::TemporaryFolder folder;
  const net::TestAuthority authority, stranger;
  authority.write_certificate(folder.file("ca.pem"));
  struct Case {
    net::TlsFiles files;
    std::string comes_to;
  };
  steps = {{}};
  for (const Case& one : {Case{authority.issue(folder.file("good"), "IP:127.0.0.1"), "good"},
                          Case{authority.issue(folder.file("other"), "DNS:other.example"), "http_tls"},
                          Case{authority.issue(folder.file("expired"), "IP:127.0.0.1", -60), "http_tls"},
                          Case{stranger.issue(folder.file("stranger"), "IP:127.0.0.1"), "http_tls"}}) {
    std::string result;
    run([](Services& t, const net::TlsFiles& files, const std::string& ca, std::string& out) -> Task<void> {
      auto server = t.serve(t.handler(), {}, files);
      Service service(t.runtime, at(*server, true), ca, kShort);
      const auto answer = co_await service.ask({}, 1000);
      out = answer ? std::string(as_text(answer->body)) : std::string(answer.error().error.code.view());
    }(*this, one.files, folder.file("ca.pem"), result));
    EXPECT_EQ(result, one.comes_to);
  }
}

TEST_F(Services, ThatDoNotListenAreReportedAtOnce) {
  std::string code, detail;
  run([](Services& t, std::string& out, std::string& why) -> Task<void> {
    net::Address nobody;
    nobody.host = "127.0.0.1";
    nobody.port = 1;
    Service service(t.runtime, nobody, {}, kShort);
    const auto answer = co_await service.ask({}, 1000);
    out = answer ? "good" : std::string(answer.error().error.code.view());
    if (!answer) why = answer.error().detail;
  }(*this, code, detail));
  EXPECT_EQ(code, "http_connect");
  EXPECT_FALSE(detail.empty());
}

}  // namespace
}  // namespace aipg::collateral
