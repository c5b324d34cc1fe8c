// SPDX-License-Identifier: Apache-2.0
// Evidence that nobody asked for, or too much of it, or of somebody else; and
// receipts that come late.
#include "against_gateway.h"
#include "base/hex.h"

namespace aipg::hostile {
namespace {

constexpr std::string_view kAnnounced = "so many follow as DATA on stream 0";
constexpr std::string_view kOurs = "evidence over this challenge, of this keyset";
constexpr std::string_view kReceipts = "takes a receipt that verifies under a keyset registered on this link";
constexpr std::size_t kMost = link::kMaxEvidenceBytes;

std::size_t lines_of(std::string_view log, std::string_view event) {
  std::size_t out = 0;
  for (auto at = log.find(event); at != log.npos; at = log.find(event, at + 1)) ++out;
  return out;
}

// With a challenge that waits for its evidence.
WorkerRow row(std::string name, std::string_view rule, Fate fate, std::string why,
              std::function<void(Attack&, const link::Challenge&)> attack) {
  return {.name = std::move(name),
          .rule = std::string(rule),
          .start = Start::registered,
          .attack =
              [attack = std::move(attack)](Attack& a) {
                const auto challenge = a.peer.take<link::Challenge>();
                ASSERT_TRUE(challenge);
                attack(a, *challenge);
              },
          .fate = fate,
          .why = std::move(why),
          .client = {}};
}

Bytes piece(std::size_t size) { return frame(0, link::FrameType::data, Bytes(size, 'x')); }

std::vector<WorkerRow> announcements() {
  using link::Challenge, link::EvidenceComing;
  return {
      row("EvidenceWithoutAWordBefore", kAnnounced, Fate::dropped, "link_credit/evidence",
          [](Attack& a, const Challenge&) { a.peer.frames(piece(9)); }),
      row("AByteMoreThanAnnounced", kAnnounced, Fate::dropped, "link_credit/evidence",
          [](Attack& a, const Challenge& c) {
            a.peer.control(EvidenceComing{c.id, c.keyset_id, 100});
            a.peer.frames(piece(101));
          }),
      row("AnnouncesAgainBeforeAllHasCome", kAnnounced, Fate::dropped, "link_state/evidence",
          [](Attack& a, const Challenge& c) {
            a.peer.control(EvidenceComing{c.id, c.keyset_id, 100});
            a.peer.frames(piece(99));
            a.peer.control(EvidenceComing{c.id, c.keyset_id, 100});
          }),
      row("AnnouncesNothing", "bytes 1 to 2,097,152", Fate::dropped, "link_control/bytes",
          [](Attack& a, const Challenge& c) { a.peer.control(EvidenceComing{c.id, c.keyset_id, 0}); }),
      row("AnnouncesAByteTooMany", "bytes 1 to 2,097,152", Fate::dropped, "link_control/bytes",
          [](Attack& a, const Challenge& c) { a.peer.control(EvidenceComing{c.id, c.keyset_id, kMost + 1}); }),
      row("AnnouncesTheMostThatANumberSays", "bytes 1 to 2,097,152", Fate::dropped, "link_control/bytes",
          [](Attack& a, const Challenge& c) { a.peer.control(EvidenceComing{c.id, c.keyset_id, (1ULL << 53) - 1}); }),
      row("AnswersAChallengeThatNobodyPut", kOurs, Fate::dropped, "link_state/challenge",
          [](Attack& a, const Challenge& c) { a.peer.control(EvidenceComing{c.id + 1, c.keyset_id, 9}); }),
      row("AnswersForAnotherKeyset", kOurs, Fate::dropped, "link_state/challenge",
          [](Attack& a, const Challenge& c) { a.peer.control(EvidenceComing{c.id, a.network.honest.keyset.id, 9}); }),
      row("AnswersTwice", kOurs, Fate::dropped, "link_state/challenge",
          [](Attack& a, const Challenge& c) {
            const Bytes bundle = a.worker.self.evidence(c.value);
            a.worker.send_evidence(c, bundle);
            a.worker.send_evidence(c, bundle);
          }),
      row("EndsStreamZero", "stream 0 for anything but evidence", Fate::dropped, "link_stream/zero",
          [](Attack& a, const Challenge&) { a.peer.frames(frame(0, link::FrameType::end, Bytes(3, 'a'))); }),
      row("GrantsCreditOnStreamZero", "stream 0 for anything but evidence", Fate::dropped, "link_stream/zero",
          [](Attack& a, const Challenge&) { a.peer.frames(credit(0, 9)); }),
  };
}

std::vector<WorkerRow> contents() {
  using link::Challenge, link::EvidenceComing;
  const auto refused = [](std::string name, std::function<Bytes(const Attack&, const Challenge&)> make) {
    return row(std::move(name), kOurs, Fate::refused, "attestation_invalid",
               [make = std::move(make)](Attack& a, const Challenge& c) { a.worker.send_evidence(c, make(a, c)); });
  };
  constexpr std::string_view kInTime = "evidence within workers.register_within of the registration";
  return {
      row("NoEvidence", kInTime, Fate::refused, "attestation_invalid", [](Attack&, const Challenge&) {}),
      row("AllOfItsEvidenceButOneByte", kInTime, Fate::refused, "attestation_invalid",
          [](Attack& a, const Challenge& c) {
            const Bytes bundle = a.worker.self.evidence(c.value);
            a.peer.control(EvidenceComing{c.id, c.keyset_id, bundle.size()});
            a.peer.frames(frame(0, link::FrameType::data, ByteView(bundle).first(bundle.size() - 1)));
          }),
      refused("EvidenceOfNoForm", [](const Attack&, const Challenge&) { return Bytes(1000, '{'); }),
      refused("TheMostThereCanBeOfNoForm", [](const Attack&, const Challenge&) { return Bytes(kMost, ' '); }),
      refused("EvidenceOverAnotherChallenge",
              [](const Attack& a, const Challenge&) { return a.worker.self.evidence(Hash256{1}); }),
      refused("EvidenceOfAnotherKeyset",
              [](const Attack&, const Challenge& c) { return Identity().evidence(c.value); }),
      refused("TheHonestWorkersEvidence",
              [](const Attack& a, const Challenge&) {
                return to_bytes(
                    a.network.client.get("/v1/confidential/evidence/" + to_hex(a.network.honest.keyset.id)));
              }),
  };
}

}  // namespace

std::vector<WorkerRow> evidence_rows() {
  std::vector<WorkerRow> rows = announcements();
  for (const auto& each : contents()) rows.push_back(each);
  return rows;
}

std::vector<WorkerRow> receipt_rows() {
  const auto stays = [](std::string name, std::function<void(Attack&)> attack) {
    return WorkerRow{.name = std::move(name),
                     .rule = std::string(kReceipts),
                     .start = Start::admitted,
                     .attack = std::move(attack),
                     .fate = Fate::stays,
                     .why = {},
                     .client = {}};
  };
  const auto ignored = [stays](std::string name, std::function<std::string(const Attack&)> jws) {
    return stays(std::move(name), [jws = std::move(jws)](Attack& a) {
      a.peer.control(link::LateReceipt{jws(a)});
      EXPECT_FALSE(a.peer.take<link::ReceiptRecorded>(milliseconds(50)));
    });
  };
  return {
      ignored("OfAnotherKeyset", [](const Attack&) { return Identity().receipt({1}); }),
      ignored("OfTheHonestWorkersKeyset",
              [](const Attack& a) {
                Identity forger;
                forger.keyset.id = a.network.honest.keyset.id;
                return forger.receipt({1});
              }),
      ignored("ThatNobodySigned",
              [](const Attack& a) {
                std::string jws = a.worker.self.receipt({1});
                jws[jws.size() - 9] = jws[jws.size() - 9] == 'A' ? 'B' : 'A';
                return jws;
              }),
      ignored("OfNoForm", [](const Attack&) { return std::string("a.b.c"); }),
      {.name = "OfAByteTooMany",
       .rule = "1 to 8,192 bytes",
       .start = Start::admitted,
       .attack = [](Attack& a) { a.peer.text(R"({"type":"receipt","jws":")" + std::string(8'193, 'a') + "\"}"); },
       .fate = Fate::dropped,
       .why = "json_wrong_type"},
      stays("OfAJobThatNobodySent",
            [](Attack& a) {
              a.peer.control(link::LateReceipt{a.worker.self.receipt({1, 2, 3})});
              const auto recorded = a.peer.take<link::ReceiptRecorded>();
              EXPECT_TRUE(recorded && recorded->job_id == (ByteArray<16>{1, 2, 3}));
            }),
      stays("OfThousandsOfJobsThatNobodySent",
            [](Attack& a) {
              constexpr int kJobs = 1'000;
              Bytes all;
              for (int i = 0; i < kJobs; ++i) {
                const ByteArray<16> job{4, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)};
                const std::string text = link::write_control(link::LateReceipt{a.worker.self.receipt(job)});
                append(all, a.peer.websocket_bytes(0x81, as_bytes(text)));
              }
              a.peer.raw(all);
              // Whoever asks meanwhile is answered before they are all done with.
              EXPECT_TRUE(a.network.client.ask_and_wait(a.network.honest, kHonestModel, kQuestionCanary).whole());
              (void)a.peer.hear([] { return false; }, milliseconds(0));
              EXPECT_LT(a.peer.controls.size(), std::size_t{kJobs});
            }),
      stays("ForgedOnesByTheThousand",
            [](Attack& a) {
              std::string jws = a.worker.self.receipt({1});
              jws[jws.size() - 9] = jws[jws.size() - 9] == 'A' ? 'B' : 'A';
              const Bytes one = a.peer.websocket_bytes(0x81, as_bytes(link::write_control(link::LateReceipt{jws})));
              const Held gateway(a.network.gateway);
              for (int i = 0; i < 10'000; ++i) a.peer.raw(one);
              const std::size_t before = a.peer.pongs;
              a.peer.websocket(0x89, as_bytes("behind them all"));
              EXPECT_TRUE(a.peer.hear([&] { return a.peer.pongs > before; }));
              EXPECT_TRUE(wait_until([&] { return gateway.log().contains("receipt_ignored"); }));
              EXPECT_LT(lines_of(gateway.log(), "receipt_ignored"), 10U) << "a line for each of them fills a disk";
            }),
  };
}

}  // namespace aipg::hostile
