// SPDX-License-Identifier: Apache-2.0
// Parts of one accepted fixture in the place of another's: evidence of A with
// what belongs to B, at the instants of both, so that dates do not decide.
#pragma once

#include "cases.h"

namespace aipg::flips {

struct Splice {
  std::string name;  // "evidence of A with the files of B"
  Case spliced;
};

// None of them may be accepted.
[[nodiscard]] std::vector<Splice> splices_of(const std::vector<Row>& rows, const std::filesystem::path& library);

}  // namespace aipg::flips
