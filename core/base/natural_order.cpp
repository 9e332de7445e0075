// SPDX-License-Identifier: Apache-2.0
#include "core/base/natural_order.h"

#include <algorithm>

namespace nms {

namespace {

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

/// Takes the digits that `text` begins with, without zeros in front.
std::string_view takeNumber(std::string_view &text)
{
    std::size_t length = 0;
    while (length < text.size() && isDigit(text[length]))
        ++length;
    std::string_view number = text.substr(0, length);
    text.remove_prefix(length);
    number.remove_prefix(std::min(number.find_first_not_of('0'), number.size()));
    return number;
}

} // namespace

bool comesBefore(std::string_view a, std::string_view b)
{
    std::string_view restA = a, restB = b;
    while (!restA.empty() && !restB.empty()) {
        if (isDigit(restA.front()) && isDigit(restB.front())) {
            const std::string_view numberA = takeNumber(restA), numberB = takeNumber(restB);
            if (numberA != numberB)
                return numberA.size() != numberB.size() ? numberA.size() < numberB.size() : numberA < numberB;
        } else {
            if (restA.front() != restB.front())
                return static_cast<unsigned char>(restA.front()) < static_cast<unsigned char>(restB.front());
            restA.remove_prefix(1);
            restB.remove_prefix(1);
        }
    }
    return restA.empty() != restB.empty() ? restA.empty() : a < b;
}

} // namespace nms
