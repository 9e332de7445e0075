// SPDX-License-Identifier: Apache-2.0
#include "app/python/errors.h"

#include <nanobind/nanobind.h>

#include <algorithm>
#include <string>

namespace nb = nanobind;

namespace nms::python {

namespace {

const char *classOf(ErrorKind kind)
{
    switch (kind) {
    case ErrorKind::Usage:
        return "UsageError";
    case ErrorKind::Input:
        return "InputError";
    case ErrorKind::Io:
        return "IoError";
    case ErrorKind::Unsupported:
        return "UnsupportedError";
    case ErrorKind::Resource:
        return "ResourceError";
    case ErrorKind::Cancelled:
        return "Cancelled";
    case ErrorKind::Device:
        return "DeviceError";
    case ErrorKind::Internal:
        break;
    }
    return "InternalError";
}

} // namespace

void raise(const Error &error)
{
    const std::string text = error.line();
    const nb::object type = nb::module_::import_("nmscope._errors").attr(classOf(error.kind));
    // Names of tensors in files need not be UTF-8.
    const nb::object message = nb::steal(PyUnicode_DecodeUTF8(text.data(), Py_ssize_t(text.size()), "replace"));
    PyErr_SetObject(type.ptr(), message.ptr());
    throw nb::python_error();
}

void raiseUsage(std::string where, std::string what, std::string remedy)
{
    raise({ErrorKind::Usage, std::move(where), std::move(what), std::move(remedy)});
}

} // namespace nms::python
