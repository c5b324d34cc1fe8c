// SPDX-License-Identifier: Apache-2.0
#include "client/chat_output.h"

#include "base/hex.h"

namespace aipg::client {
namespace {

constexpr std::uint16_t kXWing = 0x0002;

// "Intel TDX (quote v4), FMSPC …": up to the first comma is what it is.
std::string short_name(const std::string& description) { return description.substr(0, description.find(',')); }

std::string short_workload(const std::string& hex) {
  const auto bytes = from_hex(hex);
  return bytes ? short_hex(*bytes) : hex;
}

std::string age_text(milliseconds age) {
  if (age < seconds(60)) return std::to_string(age.count() / 1000) + " s ago";
  return std::to_string(age.count() / 60'000) + " min ago";
}

std::string printable(std::string text) {
  for (char& c : text) {
    if (c < 0x20 || c > 0x7e) c = '?';
  }
  return text;
}

std::string seen(const attest::Identity& identity) {
  std::string out = printable(short_name(identity.cpu));
  if (!identity.devices.empty()) {
    out += " · ";
    if (identity.devices.size() > 1) out += std::to_string(identity.devices.size()) + " × ";
    out += printable(short_name(identity.devices.front()));
  }
  return out + " · workload " + short_workload(identity.workload);
}

}  // namespace

std::string verified_text(const std::vector<Candidate>& sealed_to, std::uint16_t suite, milliseconds took,
                          Instant now) {
  const auto lowest = std::ranges::min_element(
      sealed_to, {}, [](const Candidate& candidate) { return candidate.appraisal.verdict.level; });
  if (lowest == sealed_to.end()) return {};
  std::string out = attest::headline(lowest->appraisal.verdict) + "\n";
  for (const Candidate& candidate : sealed_to) {
    const milliseconds age = now - candidate.appraisal.verdict.at;
    out += "verified  " + candidate.entry.worker_id + " · " + seen(candidate.appraisal.verdict.identity) + " · " +
           (suite == kXWing ? "X-Wing" : "X25519") + " · ";
    out += age <= took ? std::to_string(took.count()) + " ms" : age_text(age);
    out += ", before anything was sent\n";
  }
  return out;
}

ChatOutput::ChatOutput(ChatForm form, Streams streams, bool keep, const Clock& clock, std::function<void()> gone)
    : form_(form), streams_(streams), keep_(keep), clock_(clock), gone_(std::move(gone)), started_(clock.monotonic()) {}

void ChatOutput::on_verified(const std::vector<Candidate>& sealed_to, std::uint16_t suite) {
  const std::string text = verified_text(sealed_to, suite, clock_.monotonic() - started_, clock_.now());
  std::fwrite(text.data(), 1, text.size(), streams_.err);
  if (streams_.terminal) std::fputc('\n', streams_.err);
  started_ = clock_.monotonic();
}

void ChatOutput::on_head(unsigned, const std::vector<codec::bhttp::Field>& fields) {
  for (const auto& field : fields) {
    if (field.name == "content-type") is_stream_ = field.value.starts_with("text/event-stream");
  }
}

void ChatOutput::on_content(ByteView bytes) {
  if (keep_ || !is_stream_) whole_.append(bytes);
  if (!is_stream_ || failed_) return;
  Result<void> fed;
  if (form_ == ChatForm::json) {
    fed = inserter_.feed(bytes, [this](ByteView ready) { write(ready); });
  } else {
    fed = reader_.feed(bytes, [this](const SseEvent& event) { show(read_chat(event.data)); });
  }
  if (!fed) failed_ = fed.error();
}

void ChatOutput::show(const ChatPiece& piece) {
  length_ = length_ || piece.length;
  if (piece.error) error_ = *piece.error;
  if (piece.text.empty()) return;
  line_open_ = true;
  if (!streams_.terminal) return write(piece.text.reveal());
  SecretBytes safe;
  append_for_terminal(safe, piece.text.reveal_text());
  write(safe.reveal());
}

Result<void> ChatOutput::finish(std::string_view attestation) {
  if (failed_) return std::unexpected(*failed_);
  if (form_ == ChatForm::text) {
    if (!is_stream_) show(read_chat(whole_.reveal_text()));
    end_line();
    return {};
  }
  if (is_stream_) return inserter_.finish(attestation, [this](ByteView ready) { write(ready); });
  error_ = read_chat(whole_.reveal_text()).error;
  AIPG_TRY(const SecretBytes with, insert_into_json(whole_.reveal(), attestation));
  write(with.reveal());
  // Only for eyes: a file holds exactly the answer's bytes, which the attestation is over.
  if (streams_.terminal) write(as_bytes("\n"));
  return {};
}

void ChatOutput::end_line() {
  if (form_ == ChatForm::text && std::exchange(line_open_, false)) write(as_bytes("\n"));
}

void ChatOutput::write(ByteView bytes) {
  if (write_failed_) return;
  const bool written = std::fwrite(bytes.data(), 1, bytes.size(), streams_.out) == bytes.size();
  if (written && std::fflush(streams_.out) == 0) return;
  write_failed_ = true;
  if (gone_) gone_();
}

}  // namespace aipg::client
