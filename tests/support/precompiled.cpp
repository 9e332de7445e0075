// SPDX-License-Identifier: Apache-2.0
// Nothing: a library of precompiled headers has to have a source.
