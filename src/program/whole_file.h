// SPDX-License-Identifier: Apache-2.0
// Files that commands read and write whole. Errors: file_unreadable, file_unwritable, file_too_large, file_exists,
// file_open_to_others.
#pragma once

#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace aipg::program {

// "-" is standard input. What is read may be a question or an answer.
[[nodiscard]] Result<SecretBytes> read_whole(const std::string& path, std::size_t max_bytes);

// A file that holds a secret: only its owner may read or write it.
[[nodiscard]] Result<SecretBytes> read_private(const std::string& path, std::size_t max_bytes);

enum class Readable : std::uint8_t { by_owner, by_all };
// Overwrites in place, so that a device or a pipe may be named. For its owner alone: an existing file is closed to
// others first, and one of somebody else's is not touched. For all: the umask decides, and an existing file's mode
// stays.
[[nodiscard]] Result<void> write_whole(const std::string& path, ByteView bytes, Readable readable);
// Makes a file that its owner alone may read; an existing one is never touched.
[[nodiscard]] Result<void> create_private(const std::string& path, ByteView bytes);
// Adds to a file that its owner alone may read, which must be there.
[[nodiscard]] Result<void> append_private(const std::string& path, ByteView bytes);
// Puts a new file, readable by its owner only, in the place of the old one: readers see either, never half of one.
// Makes missing folders, for their owner alone.
[[nodiscard]] Result<void> replace_whole(const std::string& path, ByteView bytes);

}  // namespace aipg::program
