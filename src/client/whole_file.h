// SPDX-License-Identifier: Apache-2.0
// program/whole_file.h under the names of this folder.
#pragma once

#include "program/whole_file.h"

namespace aipg::client {

using program::append_private;
using program::create_private;
using program::read_private;
using program::read_whole;
using program::Readable;
using program::replace_whole;
using program::write_whole;

}  // namespace aipg::client
