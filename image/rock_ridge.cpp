// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/rock_ridge.h"

#include "image/fields.h"

namespace isolde::image {
namespace {

constexpr std::uint64_t kBlock = 2048;
constexpr int kMaxHops = 64;
constexpr std::uint64_t kAreaCost = 128;
constexpr std::size_t kMaxName = 1024;
constexpr std::size_t kMaxTarget = 4096;

struct Continuation {
    std::uint32_t block = 0;
    std::uint32_t offset = 0;
    std::uint32_t length = 0;
};

/// Joins the components of SL fields, which may go on over several fields.
struct TargetBuilder {
    std::string text;
    bool separate = false;  ///< a '/' is due before the next component
    bool used = false;
};

struct Parser {
    SystemUse use;
    TargetBuilder target;
    std::optional<Continuation> next;
    bool stopped = false;
};

void take_name(SystemUse& use, base::ByteView field) {
    constexpr unsigned kCurrent = 2;
    constexpr unsigned kParent = 4;
    if (field.size() < 5 || (field8(field, 4) & (kCurrent | kParent)) != 0) {
        return;
    }
    std::string& name = use.name ? *use.name : use.name.emplace();
    if (name.size() < kMaxName) {
        name += base::as_text(field.subspan(5));
    }
}

void take_posix(SystemUse& use, base::ByteView field, std::uint64_t offset) {
    if (field.size() < 36) {
        return;
    }
    use.posix = PosixAttributes{little32(field, 4), little32(field, 12), little32(field, 20), little32(field, 28)};
    use.px_offset = offset;
    use.px_length = static_cast<std::uint8_t>(field.size());
}

void add_component(TargetBuilder& target, unsigned flags, std::string_view content) {
    constexpr unsigned kContinues = 1;
    constexpr unsigned kCurrent = 2;
    constexpr unsigned kParent = 4;
    constexpr unsigned kRoot = 8;
    if ((flags & kRoot) != 0) {
        target.text = "/";
        target.separate = false;
        return;
    }
    if (target.separate) {
        target.text += '/';
    }
    target.text += (flags & kCurrent) != 0 ? "." : (flags & kParent) != 0 ? ".." : content;
    target.separate = (flags & kContinues) == 0;
}

void take_symlink(TargetBuilder& target, base::ByteView field) {
    target.used = true;
    std::size_t at = 5;
    while (at + 2 <= field.size() && target.text.size() < kMaxTarget) {
        const std::size_t length = field8(field, at + 1);
        if (length > field.size() - at - 2) {
            return;
        }
        add_component(target, field8(field, at), base::as_text(field.subspan(at + 2, length)));
        at += 2 + length;
    }
}

void take_continuation(Parser& parser, base::ByteView field) {
    if (field.size() >= 28) {
        parser.next = Continuation{little32(field, 4), little32(field, 12), little32(field, 20)};
    }
}

void take_field(Parser& parser, base::ByteView field, std::uint64_t offset) {
    SystemUse& use = parser.use;
    const std::string_view signature = base::as_text(field.first(2));
    if (signature == "NM") {
        take_name(use, field);
    } else if (signature == "PX") {
        take_posix(use, field, offset);
    } else if (signature == "SL") {
        take_symlink(parser.target, field);
    } else if (signature == "CE") {
        take_continuation(parser, field);
    } else if (signature == "CL" && field.size() >= 12) {
        use.child_link = little32(field, 4);
        use.cl_offset = offset;
    } else if (signature == "PL" && field.size() >= 12) {
        use.parent_link = little32(field, 4);
        use.pl_offset = offset;
    } else if (signature == "SP" && field.size() >= 7 && field8(field, 4) == 0xbe && field8(field, 5) == 0xef) {
        use.sharing_protocol = true;
        use.skip = field8(field, 6);
    } else {
        use.relocated = use.relocated || signature == "RE";
        use.zisofs = use.zisofs || signature == "ZF";
        use.rr_field = use.rr_field || signature == "RR";
        parser.stopped = signature == "ST";
    }
}

void take_area(Parser& parser, base::ByteView area, std::uint64_t offset) {
    std::size_t at = 0;
    while (!parser.stopped && at + 4 <= area.size()) {
        const std::size_t length = field8(area, at + 2);
        if (length < 4 || length > area.size() - at) {
            return;
        }
        take_field(parser, area.subspan(at, length), offset + at);
        at += length;
    }
}

}  // namespace

base::Result<SystemUse> read_system_use(const ByteSource& image, std::uint32_t base_block, std::uint64_t offset,
                                        base::ByteView area, ContinuationBudget& budget) {
    Parser parser;
    take_area(parser, area, offset);
    for (int hops = 0; parser.next && !parser.stopped; ++hops) {
        const Continuation here = *std::exchange(parser.next, std::nullopt);
        const std::uint64_t start = (std::uint64_t{base_block} + here.block) * kBlock + here.offset;
        if (hops == kMaxHops || here.offset >= kBlock || here.length > kBlock) {
            return base::corrupt("the system use field CE of the directory record at byte " + std::to_string(offset) +
                                 " continues without end or outside its block");
        }
        const std::uint64_t cost = std::uint64_t{here.length} + kAreaCost;
        if (budget.left < cost) {
            return base::exhausted("a directory of the image has more Rock Ridge continuation areas than are read");
        }
        budget.left -= cost;
        take_area(parser, TRY(image.read_bytes(start, here.length)), start);
    }
    if (parser.target.used) {
        parser.use.symlink = std::move(parser.target.text);
    }
    return parser.use;
}

}  // namespace isolde::image
