// SPDX-License-Identifier: GPL-3.0-or-later
//
// How products differ from the standard, as data. A row says which product, what is different, and how well that is
// known. The standard path is always tried as well: a row changes an order or a reading, it never forbids. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace isolde::bmc {

/// Where the knowledge of a row comes from, best first.
enum class Evidence {
    Measured,     ///< seen on the wire by this project's tests
    SourceCode,   ///< read in the firmware or in a client that works around it
    IssueThread,  ///< reported and confirmed by several
    FieldReport,  ///< one report of one machine
};

enum class Trait {
    CdBootTarget,         ///< value: the override target that boots the virtual CD
    UnusableSlotPrefix,   ///< value: slots whose Id begins so cannot insert by URL
    OnlyBootableSlot,     ///< value: the Id of the only slot that boots
    DisconnectedIsEmpty,  ///< ConnectedVia NotConnected means empty, whatever Image shows
    FullBootPatch,        ///< device, persistence and mode must come together
    PauseBeforeOn,        ///< value: seconds to stay off before on
    NoStandardMedia,      ///< value: why there is no slot to insert into, for the error
};

/// Texts compare by containment, without regard to case.
struct QuirkRow {
    Trait trait;
    std::string_view vendor;
    std::string_view model;         ///< in the manager's or the system's model; empty: all
    std::string_view except_model;  ///< empty: none
    std::string_view value;
    Evidence evidence;
};

struct Product {
    std::string vendor;  ///< of the service root, else the system's manufacturer
    std::string manager_model;
    std::string system_model;
};

/// The rows that apply to one product.
class Quirks {
  public:
    bool has(Trait trait) const;
    /// The first value of a trait; empty when there is none.
    std::string_view value(Trait trait) const;
    std::vector<std::string_view> values(Trait trait) const;

    std::vector<const QuirkRow*> rows;
};

Quirks quirks_of(const Product& product);

}  // namespace isolde::bmc
