// SPDX-License-Identifier: GPL-3.0-or-later
//
// Config drives, kept apart from the rows of nodes and deployments: sealed, written once, gone when no node and no
// deployment under way names them any more. A node's drive is no other's, whatever a reference says.
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "conductor/store/connection.h"
#include "conductor/store/store.h"

#include <optional>
#include <string>

namespace isolde::conductor {

/// A drive that was given in fields, ready to be bound.
struct ConfigDriveRow {
    Value node;
    Value id;  ///< keyed, of node and content: the same drive has the same id
    Value content;
};

/// Fields with a reference in place of their drive.
class FieldsWithoutDrive {
  public:
    /// `fields` must outlive it: they are not copied unless they hold a drive.
    FieldsWithoutDrive(const base::Json& fields, const base::NodeId& node, const Sealer& sealer);

    const base::Json& fields() const { return changed_ ? *changed_ : given_; }
    /// Empty: they name none.
    std::string drive_id() const;
    /// What is to be kept; nothing when they hold none.
    const std::optional<ConfigDriveRow>& drive() const { return drive_; }

  private:
    const base::Json& given_;
    std::optional<base::Json> changed_;
    std::optional<ConfigDriveRow> drive_;
};

/// Nothing is written when it is there.
base::Result<void> put_config_drive(Connection& connection, const ConfigDriveRow& row);
/// Those of the node that neither it nor a deployment under way names.
base::Result<void> forget_config_drives(Connection& connection, const base::NodeId& node);
/// Errors: NotFound.
base::Result<base::Json> select_config_drive(Connection& connection, const Sealer& sealer, const base::NodeId& node,
                                             const std::string& id);

}  // namespace isolde::conductor
