// SPDX-License-Identifier: Apache-2.0
// Paths and header names of the public HTTP surface, in one place.
#pragma once

#include <string_view>

namespace aipg::api {

inline constexpr std::string_view kConfidentialHeader = "X-AIPG-Confidential";
inline constexpr std::string_view kConfidentialRequired = "required";
inline constexpr std::string_view kShouldRetryHeader = "x-should-retry";
inline constexpr std::string_view kRetryAfterHeader =
    "Retry-After";                                            // whole seconds, with worker_busy and quota_exceeded
inline constexpr std::string_view kJobHeader = "x-aipg-job";  // job id, hex; on every answer that had one

inline constexpr std::string_view kModelsPath = "/v1/models";
inline constexpr std::string_view kDirectoryPath = "/v1/confidential/directory";
inline constexpr std::string_view kEvidencePath = "/v1/confidential/evidence/";  // + keyset id, hex
inline constexpr std::string_view kChallengePath = "/v1/confidential/challenge";
inline constexpr std::string_view kWorkerLinkPath = "/v1/workers/ws";

}  // namespace aipg::api
