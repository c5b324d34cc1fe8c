// SPDX-License-Identifier: Apache-2.0
// What Intel's TCB info and QE identity have in common: statuses, levels, and
// the way members are written (hexadecimal, instants, advisory ids). Reading
// is strict: every member typed and in range, unknown members and unknown
// statuses refused. Pure. Errors: json_missing_field, json_wrong_type,
// json_unknown_field, tcb_status_unknown, tcb_levels_order; the documents'
// readers give them their own code. Source: Intel PCS API v4.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "codec/json_fields.h"

namespace aipg::attest::tdx {

// From best to worst only within a family; see tcb_status.h for how they combine.
enum class TcbStatus : std::uint8_t {
  up_to_date,
  sw_hardening_needed,
  configuration_needed,
  configuration_and_sw_hardening_needed,
  td_relaunch_advised,                       // never in a document
  td_relaunch_advised_configuration_needed,  // never in a document
  out_of_date,
  out_of_date_configuration_needed,
  revoked,
  not_supported,  // never in a document: no level matches
};
// Intel's words: "UpToDate".
[[nodiscard]] std::string_view to_text(TcbStatus status);
// Of a level in a document; nullopt when there is no such status there.
[[nodiscard]] std::optional<TcbStatus> parse_tcb_status(std::string_view text);

// What is said about whoever reaches a level.
struct TcbVerdict {
  Instant date;  // patches up to this day are in
  TcbStatus status = TcbStatus::not_supported;
  std::vector<std::string> advisories;  // "INTEL-SA-00615"
};

// A level of an enclave or of the TDX module: one SVN.
struct IsvLevel {
  std::uint16_t isv_svn = 0;
  TcbVerdict verdict;
};

// --- members as Intel writes them ----------------------------------------------
// Hexadecimal of either case, of exactly `out.size()` bytes; false when it is not.
[[nodiscard]] bool read_hex(codec::json::Fields& fields, std::string_view name, MutableByteView out);
// When a document is from and until when it stands: from issueDate to nextUpdate.
struct Window {
  Instant issue_date, next_update;
};
[[nodiscard]] Result<Window> read_window(codec::json::Fields& fields);
// tcbDate, tcbStatus, advisoryIDs of a level.
[[nodiscard]] Result<TcbVerdict> read_tcb_verdict(codec::json::Fields& level);
// At least one level, by falling SVN; UpToDate, OutOfDate and Revoked only.
[[nodiscard]] Result<std::vector<IsvLevel>> read_isv_levels(codec::json::Value list);

// `{"<name>":{…},"signature":"<128 hex>"}`: the object's exact bytes, and who is said to have signed them.
struct SignedObject {
  codec::json::Value object;
  ByteArray<64> signature{};
};
[[nodiscard]] Result<SignedObject> read_signed_object(const codec::json::Document& document, std::string_view name);

}  // namespace aipg::attest::tdx
