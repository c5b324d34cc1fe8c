// SPDX-License-Identifier: Apache-2.0
#include "client/reference_command.h"

#include <fmt/core.h>

#include "base/hex.h"
#include "client/core/reference_file.h"
#include "client/release_key.h"
#include "client/whole_file.h"
#include "program/command.h"
#include "program/options.h"

namespace aipg::client {
namespace {

using attest::kReferenceKind;
using attest::Reference;
using attest::SignedDocument;
using attest::SigningKey;
using program::Complaint;
using program::ExitCode;
template <typename T>
using Judged = std::expected<T, Complaint>;

constexpr std::size_t kMaxInputBytes = 2 << 20;

// A description, whose document nobody signed yet, or a signed document.
struct Input {
  Bytes bytes;
  Reference reference;
  SignedDocument envelope;
};

std::unexpected<Complaint> unreadable(const Error& error, std::string happened, std::string next = {}) {
  return std::unexpected(Complaint{error.code, std::move(happened), std::move(next), ExitCode::cannot_read});
}

Judged<Input> read_envelope(const std::string& path, ByteView bytes) {
  auto envelope = attest::parse_signed_document(kReferenceKind, bytes);
  if (!envelope) {
    return unreadable(envelope.error(), path + " is not a signed document of reference values",
                      "`aipg reference sign` writes one; it must be kept byte for byte");
  }
  auto reference = attest::parse_reference(envelope->document);
  if (!reference) return unreadable(reference.error(), path + " signs a document that holds no reference values");
  return Input{to_bytes(bytes), *std::move(reference), *std::move(envelope)};
}

Judged<Input> read_description(const std::string& path, std::string_view text) {
  std::string what;
  auto reference = parse_reference_file(text, &what);
  if (!reference && !what.empty()) return unreadable(reference.error(), path + " " + what);
  if (!reference) return unreadable(reference.error(), path + " contradicts itself, so it makes no document");
  SignedDocument unsigned_document{reference->bytes, {}};
  return Input{to_bytes(text), *std::move(reference), std::move(unsigned_document)};
}

// What the one argument names, told by its first byte: only JSON begins with a brace.
Judged<Input> read_input(const std::optional<std::string>& path, const std::string& command) {
  if (!path) {
    return std::unexpected(Complaint{.code = "missing_setting", .happened = "which file?", .next = command + " FILE"});
  }
  const auto file = read_whole(*path, kMaxInputBytes);
  if (!file) return unreadable(file.error(), "cannot read " + *path);
  if (file->reveal_text().starts_with('{')) return read_envelope(*path, file->reveal());
  return read_description(*path, file->reveal_text());
}

std::string document_line(const Reference& reference) { return fmt::format("document {}\n", to_hex(reference.digest)); }

// --- keygen ------------------------------------------------------------------------

Complaint key_complaint(const Error& error, const std::string& path) {
  if (error.code == Literal("file_exists")) {
    return {error.code, path + " is there already and was not touched", "choose another name for the new key",
            ExitCode::refused};
  }
  if (error.code == Literal("file_open_to_others")) {
    return {error.code, "others may read or write the private key " + path,
            "chmod 600 " + path + "; if others did, the key is no longer yours alone", ExitCode::refused};
  }
  if (error.code == Literal("file_unwritable")) return {error.code, "cannot write " + path, {}, ExitCode::cannot_read};
  return {error.code, path + " is not a private key that can be read", "`aipg reference keygen FILE` makes one",
          ExitCode::cannot_read};
}

ExitCode keygen(const std::vector<std::string>& args) {
  std::optional<std::string> file;
  program::Options options("aipg reference keygen", "Makes a release key; prints its public half.");
  options.example("aipg reference keygen release.key", "the private half goes to release.key, which only you may read");
  options.positional("FILE", &file, "a new file for the private key");
  if (const auto end = options.parse(args, program::process_environment())) return *end;
  constexpr std::string_view kCommand = "aipg reference keygen";
  if (!file) {
    return program::say(
        kCommand,
        {.code = "missing_setting", .happened = "where does the key go?", .next = "aipg reference keygen FILE"});
  }
  crypto::SystemRng rng;
  const auto key = make_release_key(*file, rng);
  if (!key) return program::say(kCommand, key_complaint(key.error(), *file));
  fmt::print(stderr, "wrote {}: whoever reads it signs in your name. Its public half:\n", *file);
  fmt::print("{}\n", to_hex(key->public_key()));
  return ExitCode::done;
}

// --- new ---------------------------------------------------------------------------

ExitCode make(const std::vector<std::string>& args) {
  program::Options options("aipg reference new", "Prints a description to begin with.");
  options.example("aipg reference new > values.toml", "then write your releases into it");
  if (const auto end = options.parse(args, program::process_environment())) return *end;
  // Whole seconds: a description has no others.
  const Instant now = SystemClock().now();
  fmt::print("{}", example_reference_file({now.ms - now.ms % 1000}));
  return ExitCode::done;
}

// --- sign --------------------------------------------------------------------------

struct SignSettings {
  std::optional<std::string> file;
  std::string key, output;
};

void declare(program::Options& options, SignSettings& settings) {
  options.example("aipg reference sign values.toml --key release.key --output reference.json",
                  "the first signer makes the document from a description");
  options.example("aipg reference sign reference.json --key release.key --output reference.json",
                  "the next one adds a signature over the same bytes");
  options.positional("FILE", &settings.file, "a description, or a document that others signed");
  options.text("key", &settings.key, "your private key, made by `aipg reference keygen`")
      .placeholder("FILE")
      .required()
      .flag_only();
  options.text("output", &settings.output, "where the signed document goes; standard output when left out")
      .placeholder("FILE")
      .flag_only();
}

ExitCode write_output(const std::string& path, ByteView bytes) {
  if (path.empty()) {
    std::fwrite(bytes.data(), 1, bytes.size(), stdout);
    return ExitCode::done;
  }
  if (const auto written = write_whole(path, bytes, Readable::by_all); !written) {
    return program::say("aipg reference sign",
                        {written.error().code, "cannot write " + path, {}, ExitCode::cannot_read});
  }
  return ExitCode::done;
}

ExitCode sign(const std::vector<std::string>& args) {
  constexpr std::string_view kCommand = "aipg reference sign";
  SignSettings settings;
  program::Options options("aipg reference sign", "Adds your signature to reference values.");
  declare(options, settings);
  if (const auto end = options.parse(args, program::process_environment())) return *end;
  auto input = read_input(settings.file, "aipg reference sign");
  if (!input) return program::say(kCommand, input.error());
  const auto key = read_release_key(settings.key);
  if (!key) return program::say(kCommand, key_complaint(key.error(), settings.key));
  attest::sign_document(kReferenceKind, *key, input->envelope);
  const ExitCode out = write_output(settings.output, attest::write_signed_document(kReferenceKind, input->envelope));
  if (out != ExitCode::done) return out;
  fmt::print(stderr, "{}{}signed by {}, {} signature(s) in all\n", attest::to_text(input->reference),
             document_line(input->reference), to_hex(key->public_key()), input->envelope.signatures.size());
  return out;
}

// --- check -------------------------------------------------------------------------

struct CheckSettings {
  std::optional<std::string> file;
  std::vector<std::string> keys;
  std::uint64_t quorum = 2;
  std::optional<std::string> seen;
  std::string at;
};

void declare(program::Options& options, CheckSettings& settings) {
  options.example("aipg reference check reference.json --release-key 3f9a… --release-key 71c2… --release-key 0d4e…",
                  "signed by two of these three, and of today");
  options.example("aipg reference check new.json --seen old.json --release-key 3f9a… --release-key 71c2…",
                  "and not older than what you took last");
  options.positional("FILE", &settings.file, "a signed document");
  options.text_list("release_key", &settings.keys, "a public key whose signature counts; repeat it for each")
      .placeholder("HEX")
      .flag_only();
  options.number("quorum", &settings.quorum, "how many of them must have signed", 64).flag_only();
  options.optional_text("seen", &settings.seen, "the signed document that was accepted last")
      .placeholder("FILE")
      .flag_only();
  options.text("at", &settings.at, "judge as of then, like 2026-11-22T12:00:00Z; now when left out")
      .placeholder("INSTANT")
      .flag_only();
}

Judged<attest::ReleaseKeys> release_keys(const CheckSettings& settings) {
  attest::ReleaseKeys out{{}, static_cast<std::size_t>(settings.quorum)};
  for (const std::string& each : settings.keys) {
    const auto bytes = from_hex(each);
    if (!bytes || bytes->size() != SigningKey{}.size()) {
      return std::unexpected(Complaint{.code = "invalid_hex",
                                       .happened = "--release-key is not 32 bytes in hexadecimal: " + each,
                                       .next = "`aipg reference keygen` prints public keys as they go here"});
    }
    out.keys.push_back(to_array<32>(*bytes));
  }
  if (out.quorum > 0 && out.quorum <= out.keys.size()) return out;
  return std::unexpected(Complaint{
      .code = "missing_setting",
      .happened = fmt::format("{} of {} release keys can never have signed", out.quorum, out.keys.size()),
      .next = "give each key whose signature counts as --release-key HEX; --quorum is from 1 to how many those are"});
}

Judged<attest::SeenReference> seen_before(const CheckSettings& settings) {
  if (!settings.seen) return attest::SeenReference{};
  AIPG_TRY(const Input input, read_input(settings.seen, {}));
  return attest::SeenReference{input.reference.version, input.reference.digest};
}

Judged<Instant> instant(const CheckSettings& settings) {
  if (settings.at.empty()) return SystemClock().now();
  const auto at = parse_instant(settings.at);
  if (at) return *at;
  return std::unexpected(Complaint{
      .code = at.error().code, .happened = "--at is not an instant", .next = "write it like 2026-11-22T12:00:00Z"});
}

// What happened, then what to do.
std::string rejection(const Error& error, const Reference& reference, const attest::ReleaseKeys& keys) {
  const std::string_view code = error.code;
  if (code == "document_signature") return "a signature by a release key is wrong\n  fetch it again: it was changed";
  if (code == "document_quorum") {
    return fmt::format("{} of {} release keys signed it, {} must\n  its authors let another one sign", error.offset,
                       keys.keys.size(), keys.quorum);
  }
  if (code == "policy_rollback") {
    return fmt::format(
        "version {} is older than what you have seen, or another document of the same version\n"
        "  fetch it again; if it stays, somebody keeps the new one from you",
        reference.version);
  }
  if (code == "policy_expired") {
    return "its time ended at " + to_text(reference.expires) + "\n  fetch a newer one; compare your clock";
  }
  if (code == "policy_not_yet_valid") return "it begins at " + to_text(reference.issued) + "\n  compare your clock";
  return "it is not usable";
}

std::string signers_text(const SignedDocument& envelope, const attest::ReleaseKeys& keys) {
  std::string out;
  for (const SigningKey& key : keys.keys) {
    const bool signed_it = std::ranges::find(envelope.signatures, attest::signing_key_id(key),
                                             &attest::DocumentSignature::key_id) != envelope.signatures.end();
    out += fmt::format("{} {}\n", signed_it ? "signed by" : "not by   ", to_hex(key));
  }
  return out;
}

Judged<ExitCode> check(const CheckSettings& settings) {
  AIPG_TRY(const Input input, read_input(settings.file, "aipg reference check"));
  if (input.envelope.signatures.empty()) {
    return unreadable({.code = "document_signatures", .where = {}},
                      *settings.file + " is a description: nobody signed it",
                      "aipg reference sign " + *settings.file + " --key FILE");
  }
  AIPG_TRY(const attest::ReleaseKeys keys, release_keys(settings));
  AIPG_TRY(const attest::SeenReference seen, seen_before(settings));
  AIPG_TRY(const Instant at, instant(settings));
  const auto verified = attest::verify_reference(input.bytes, keys, seen, at);
  if (!verified) {
    fmt::print("REJECTED  {}\n({})\n", rejection(verified.error(), input.reference, keys),
               verified.error().code.view());
    return ExitCode::refused;
  }
  fmt::print("good as of {}\n{}{}{}", to_text(at), attest::to_text(verified->content()),
             document_line(verified->content()), signers_text(input.envelope, keys));
  return ExitCode::done;
}

ExitCode check_command(const std::vector<std::string>& args) {
  CheckSettings settings;
  program::Options options("aipg reference check", "Says whether reference values are to be trusted.");
  declare(options, settings);
  if (const auto end = options.parse(args, program::process_environment())) return *end;
  const auto code = check(settings);
  return code ? *code : program::say("aipg reference check", code.error());
}

// --- show --------------------------------------------------------------------------

ExitCode show(const std::vector<std::string>& args) {
  constexpr std::string_view kCommand = "aipg reference show";
  std::optional<std::string> file;
  bool toml = false;
  program::Options options("aipg reference show", "Shows reference values; who signed them is not checked.");
  options.example("aipg reference show reference.json", "what they say, and which keys claim to have signed");
  options.example("aipg reference show reference.json --toml > next.toml", "a description to begin the next one with");
  options.positional("FILE", &file, "a signed document, or a description");
  options.flag("toml", &toml, "as a description, from which the same document can be made").flag_only();
  if (const auto end = options.parse(args, program::process_environment())) return *end;
  const auto input = read_input(file, "aipg reference show");
  if (!input) return program::say(kCommand, input.error());
  if (!toml) {
    fmt::print("{}{}", attest::to_text(input->reference), document_line(input->reference));
    for (const auto& each : input->envelope.signatures) fmt::print("signature of key id {}\n", to_hex(each.key_id));
    return ExitCode::done;
  }
  const auto description = write_reference_file(input->reference);
  if (!description) {
    return program::say(kCommand, {description.error().code, "this document holds what a description cannot say",
                                   "leave --toml out", ExitCode::refused});
  }
  fmt::print("{}", *description);
  return ExitCode::done;
}

}  // namespace

ExitCode reference_command(const std::vector<std::string>& args) {
  return program::run_command(
      "aipg reference", "Reference values: which images and workloads the network vouches for.",
      {{"aipg reference new > values.toml", "a description to begin with"},
       {"aipg reference check reference.json --release-key HEX --release-key HEX", "whether to trust them"},
       {"aipg reference sign values.toml --key release.key > reference.json", "make and sign them"}},
      {{"new", "print a description to begin with", make},
       {"keygen", "make a key to sign with", keygen},
       {"sign", "make a document from a description, or add a signature", sign},
       {"check", "say whether it is signed by enough keys, new and in its time", check_command},
       {"show", "show what it says", show}},
      args);
}

}  // namespace aipg::client
