// SPDX-License-Identifier: GPL-3.0-or-later
//
// Archives for the end of an initrd: cpio "newc" (Linux, Documentation/driver-api/early-userspace/buffer-format.rst).
// The kernel unpacks archives one after the other, each beginning at a multiple of four bytes, and later files win.
#pragma once

#include "base/byte_count.h"
#include "base/encoding.h"
#include "base/result.h"

#include <cstdint>
#include <string>
#include <vector>

namespace isolde::vmedia {

/// The largest archive that make_cpio writes.
inline constexpr base::ByteCount kCpioLimit = base::mebibytes(256);

enum class CpioKind { File, Directory, Symlink };

struct CpioFile {
    std::string path;           ///< absolute, '/'-separated, without "." and ".." parts
    base::ByteView content;     ///< of a symbolic link: its target
    std::uint32_t mode = 0644;  ///< permission bits, not of a symbolic link
    CpioKind kind = CpioKind::File;
};

/// An archive of `files`, their directories before them; a multiple of 4 bytes long. Owner 0:0, time 0, inode numbers
/// counted from 1: the same files give the same bytes.
///
/// An archive's directory entry replaces what stands there unless that is a directory too, and sets its mode. So /bin,
/// /sbin, /lib*, /var/run and /var/lock, which may be symbolic links in the initrd, get no entry; /tmp, /var/tmp and
/// /root get their usual mode; all others 0755. A directory that is given gets an entry in any case, with its mode.
///
/// Errors: InvalidArgument (a path that is not absolute and plain, given twice, or below another file; naming it),
/// Exhausted (kCpioLimit).
base::Result<base::Bytes> make_cpio(const std::vector<CpioFile>& files);

}  // namespace isolde::vmedia
