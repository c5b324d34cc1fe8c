// SPDX-License-Identifier: Apache-2.0
#include "proxy/status_page.h"

#include <gmock/gmock.h>

#include "codec/base64.h"
#include "codec/json.h"
#include "crypto/digest.h"

namespace aipg::proxy {
namespace {

using testing::HasSubstr;
using testing::Not;

Status status() {
  Status out;
  out.settings = {{"127.0.0.1:8117"}, "/var/lib/kept", false, Instant{0}};
  out.version = "1.2.3";
  out.gateway = "https://gateway.example";
  out.policy = "policy.toml";
  out.now = Instant{60'000};
  out.workers = {{.id = "w-1",
                  .cpu = "Intel TDX (quote v4)",
                  .gpus = "NVIDIA H100",
                  .workload = std::string(64, 'a'),
                  .models = {"llama-3-70b"},
                  .level = attest::Level::l2,
                  .post_quantum = true,
                  .age = milliseconds(41'000),
                  .left = milliseconds(500'000)}};
  out.recent = {{Instant{59'000}, "w-1", attest::Level::l2, ""}, {Instant{1'000}, "w-2", std::nullopt, "tdx_debug"}};
  out.answered = 7;
  return out;
}

TEST(StatusPage, SaysWhoIsVerifiedHowLongAgoAndByWhichPolicy) {
  const std::string page = status_page(status());
  for (const char* said : {"1 worker is verified", "w-1", "L2", "llama-3-70b", "Intel TDX (quote v4) · NVIDIA H100",
                           "post-quantum", "41 s ago", "8 min", "policy.toml", "https://gateway.example", "7 answered",
                           "OPENAI_BASE_URL=http://127.0.0.1:8117/v1", "rejected", "tdx_debug", "/var/lib/kept"}) {
    EXPECT_THAT(page, HasSubstr(said));
  }
  EXPECT_THAT(page, Not(HasSubstr("SIMULATED")));
}

TEST(StatusPage, SaysSimulatedAndThatNobodyIsVerified) {
  Status none = status();
  none.simulated = true;
  none.workers.clear();
  const std::string page = status_page(none);
  EXPECT_THAT(page, HasSubstr("SIMULATED hardware (L0)"));
  EXPECT_THAT(page, HasSubstr("No worker is verified now"));
}

TEST(StatusPage, EscapesWhatStrangersWrote) {
  const std::string hostile = "<script>alert(1)</script>\"'&\x01\n";
  Status page = status();
  WorkerStatus& worker = page.workers[0];
  worker.id = worker.cpu = worker.gpus = worker.workload = hostile;
  worker.models = {hostile};
  page.recent[1].worker_id = page.recent[1].why = hostile;
  page.gateway = page.policy = page.version = page.settings.kept = hostile;
  page.settings.listen = {hostile};
  page.kept_ready = {hostile};
  const std::string html = status_page(page);
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, Not(HasSubstr("alert(1)</script>")));
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;"));
  const std::string text = status_json(page);
  const auto json = codec::json::parse(text);  // borrows it
  ASSERT_TRUE(json);
  EXPECT_EQ((*json->root().find("workers")->begin()).find("id")->string(), hostile);
}

TEST(StatusPage, SurvivesTextThatIsNotUtf8) {
  Status page = status();
  page.policy = page.workers[0].id = "\xff\xfe";
  EXPECT_TRUE(codec::json::parse(status_json(page)).has_value());
  EXPECT_THAT(status_page(page), Not(HasSubstr("\xff")));
}

TEST(StatusPage, MayLoadNothingAndRunNothing) {
  const std::string html = status_page(status());
  for (const char* outside :
       {"<script", "<link", "<img", "src=", "http-equiv=\"Content", "url(", "@import", "onload"}) {
    EXPECT_THAT(html, Not(HasSubstr(outside)));
  }
  const std::string policy(page_headers().find("content-security-policy").value_or(""));
  EXPECT_THAT(policy, HasSubstr("default-src 'none'"));
  EXPECT_THAT(policy, HasSubstr("frame-ancestors 'none'"));
  EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
  // The hash is that of what stands in the document.
  const std::size_t begin = html.find("<style>") + 7;
  const std::string style = html.substr(begin, html.find("</style>") - begin);
  EXPECT_THAT(policy, HasSubstr("'sha256-" + codec::to_base64(crypto::sha256(as_bytes(style))) + "'"));
}

TEST(StatusPage, SaysAgesAsPeopleDo) {
  EXPECT_EQ(age_text(milliseconds(-5)), "0 s");
  EXPECT_EQ(age_text(milliseconds(41'999)), "41 s");
  EXPECT_EQ(age_text(milliseconds(119'999)), "119 s");
  EXPECT_EQ(age_text(milliseconds(120'000)), "2 min");
  EXPECT_EQ(age_text(milliseconds(7'200'000)), "2 h");
}

}  // namespace
}  // namespace aipg::proxy
