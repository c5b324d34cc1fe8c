// SPDX-License-Identifier: Apache-2.0
// What an appraisal concludes: a list of findings, one for every rule that was
// looked at, and the level that follows from them. Never a bare yes.
// Nothing in a verdict is secret.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "attest/compared.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"

namespace aipg::attest {

enum class Severity : std::uint8_t {
  passed,   // the rule holds
  note,     // true and worth knowing; changes nothing
  warning,  // a relaxed rule, or something not checked
  failed,   // the rule is broken: the evidence is rejected
};

struct Finding {
  Literal code;  // stable: "tdx_debug", "nvidia_nonce"; docs/errors.md lists all
  Severity severity = Severity::failed;
  std::string subject;  // "cpu", "gpu 0", "keyset", "boot"
  std::string detail;   // for people
  Compared compared;    // of a broken rule that compares; else empty
};

// L0 simulated; L1 CPU TEE; L2 with GPUs; L3 on a known machine. Never rounded up.
enum class Level : std::uint8_t { l0, l1, l2, l3 };
[[nodiscard]] std::string_view to_text(Level level);  // "L0" … "L3"

// What the evidence says about itself, for display. Believable only as far as the verdict goes.
struct Identity {
  std::string cpu;                      // "Intel TDX (quote v4), FMSPC 90C06F000000"
  std::string tcb_status;               // what Intel says of the platform: "UpToDate"; empty when nothing was given
  std::optional<Instant> tcb_date;      // the platform has the patches up to this day
  std::vector<std::string> advisories;  // that concern it: "INTEL-SA-00615"
  std::vector<std::string> devices;     // "NVIDIA H100, driver 570.124.06, VBIOS 96.00.9F.00.01"
  std::string worker_id;
  std::string workload;  // workload hash, hex
  std::vector<std::string> models;
  std::string boot_name;  // name of the reference release that matched, empty if none
  Hash256 platform_id{};  // H("aipg platform v1" ‖ …); zero when unknown
};

// What became of accepted evidence since: a second line beside the verdict,
// which it never changes.
struct Since {
  enum class State : std::uint8_t {
    good,     // nothing that it rests on is revoked or out of date today
    changed,  // something is: `findings` says what
    unknown,  // what vendors say today was not given, or is itself too old
  };
  State state = State::unknown;
  Instant at;
  std::vector<Finding> findings;
};

struct Verdict {
  bool accepted = false;       // no finding failed, and the level meets the policy's minimum
  std::string policy;          // the ready policy that judged, by name
  bool simulated = false;      // the simulator's roots were used: level is L0, whatever else holds
  std::string roots;           // whose roots, when the caller brought some; empty: the vendors', as compiled in
  std::optional<Level> level;  // nullopt when rejected
  std::vector<Finding> findings;
  Identity identity;
  Instant at;  // the instant of the appraisal
  std::optional<Instant> keyset_not_after;
  std::optional<Since> since;  // of attestations, on request

  void add(Literal code, Severity severity, std::string subject, std::string detail = {}, Compared compared = {});
  [[nodiscard]] std::size_t count(Severity severity) const;
  [[nodiscard]] const Finding* first_failed() const;
};

// Canonical JSON of a verdict: stable codes, whole hashes; docs/schema/verdict.schema.json.
[[nodiscard]] std::string to_json(const Verdict& verdict);
// The text people read (docs/verdict.md): short verdict first, then what was
// checked. `verbose` lists the rules that passed too. Says SIMULATED at L0.
[[nodiscard]] std::string to_text(const Verdict& verdict, bool verbose);
// One line: "SIMULATED hardware (L0): fine for development, …" or the level's meaning.
[[nodiscard]] std::string headline(const Verdict& verdict);

}  // namespace aipg::attest
