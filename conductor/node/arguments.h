// SPDX-License-Identifier: GPL-3.0-or-later
//
// Kernel arguments as a deployment gives them: a command line or a list of words. Pure.
#pragma once

#include "base/json.h"
#include "base/result.h"

#include <string>
#include <vector>

namespace isolde::conductor {

/// The arguments in `value`, a string or an array of strings; null gives none. `field` names it in errors.
/// Errors: InvalidArgument: another type, a control character, a quote that is not closed, an item of a list that the
/// kernel would take as several.
base::Result<std::vector<std::string>> read_arguments(const base::Json& value, const std::string& field);

/// The same with each word `%default%` replaced by `defaults`. Errors: InvalidArgument where it is part of a word.
base::Result<std::vector<std::string>> expand_defaults(std::vector<std::string> words,
                                                       const std::vector<std::string>& defaults,
                                                       const std::string& field);

}  // namespace isolde::conductor
