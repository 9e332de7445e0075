# SPDX-License-Identifier: Apache-2.0
"""The peers of `nmscope prune` in PyTorch, for prune_bench.py: Wanda, SparseGPT and ALPS, keep N of every M along the inputs.

Written from the papers (Wanda: Sun et al., ICLR 2024; SparseGPT: Frantar and Alistarh, ICML 2023; ALPS: Meng et al., NeurIPS
2024) with the constants and the order of steps of the published codes, but laid out so that a CPU does well: what lies
side by side in memory is worked on together, ranking is one call for all groups, nothing is computed that is only printed.

Weights are C_out × C_in float32, `gram` is XᵀX (C_in × C_in, float32), and C_in is a multiple of M.
"""
import torch


def pruned_entries(score, n):
    """Of each row of M scores the indices of the M − n smallest."""
    return torch.topk(score, score.shape[-1] - n, dim=-1, largest=False, sorted=False).indices


def keep_largest(weight, score, n, m):
    """Weights of which each group of m along a row keeps those n that score highest."""
    groups = pruned_entries(score.reshape(-1, m), n)
    return weight.reshape(-1, m).scatter(1, groups, 0.0).reshape(weight.shape)


def magnitude(weight, n, m):
    return keep_largest(weight, weight.abs(), n, m)


def wanda(weight, norms, n, m):
    """Scores |W|·‖X_j‖; `norms` has the norm of each input channel."""
    return keep_largest(weight, weight.abs() * norms, n, m)


def inverse_factor(gram, damping):
    """Upper triangular U with UᵀU = (gram + damping · mean diagonal)⁻¹."""
    gram = gram.clone()
    diagonal = gram.diagonal()
    diagonal.add_(damping * diagonal.mean())
    return torch.linalg.cholesky(torch.cholesky_inverse(torch.linalg.cholesky(gram)), upper=True)


def sparsegpt(weight, gram, n, m, damping=0.01, block=128):
    """Column by column, each error spread over the columns that follow: within a block (a multiple of m) at once, beyond it block by block.

    Works on the transposed weights, where a column of W is contiguous: the same result as in the published layout, in half to three quarters
    of the time.
    """
    dead = gram.diagonal() == 0
    if dead.any():
        gram = gram.clone()
        gram.diagonal()[dead] = 1.0
    factor = inverse_factor(gram, damping)
    columns = weight.t().contiguous()
    columns[dead] = 0.0
    diagonal = factor.diagonal()[:, None]
    errors = torch.empty((block, weight.shape[0]))
    for begin in range(0, columns.shape[0], block):
        end = min(begin + block, columns.shape[0])
        for first in range(begin, end, m):
            group = columns[first : first + m]
            score = (group / diagonal[first : first + m]).square_()
            dropped = torch.zeros_like(group).scatter_(0, pruned_entries(score.t().contiguous(), n).t(), 1.0)
            share = dropped / diagonal[first : first + m]
            for j in range(first, first + m):
                error = torch.mul(columns[j], share[j - first], out=errors[j - begin])
                if j + 1 < end:
                    columns[j + 1 : end].addr_(factor[j, j + 1 : end], error, alpha=-1.0)
            group.mul_(1.0 - dropped)
        if end < columns.shape[0]:
            columns[end:].addmm_(factor[begin:end, end:].t(), errors[: end - begin], alpha=-1.0)
    return columns.t().contiguous()


def conjugate_gradients(gram, target, start, support, iterations=10):
    """Minimises tr(B·gram·Bᵀ)/2 − tr(target·Bᵀ) over B that is zero off the support; a step length for each row."""
    tiny = 1e-8  # instead of 0, as of rows that are solved
    solution = start
    residual = (target - start @ gram) * support
    direction = residual
    squared = residual.square().sum(1, keepdim=True)
    for _ in range(iterations):
        image = direction @ gram
        curvature = (direction * image).sum(1, keepdim=True)
        step = squared / torch.where(curvature == 0, tiny, curvature)
        solution = torch.addcmul(solution, step, direction)
        residual = torch.addcmul(residual, step, image, value=-1.0).mul_(support)
        previous, squared = squared, residual.square().sum(1, keepdim=True)
        direction = torch.addcmul(residual, squared / torch.where(previous == 0, tiny, previous), direction)
    return solution * support


def alps(weight, gram, n, m, damping=0.01, rho=0.1, iterations=300, check=3, settled_after=30):
    """ADMM with a growing penalty, then conjugate gradients on the support; the inverse comes from an eigendecomposition in double.

    As published, the penalty goes by how much the support changed since the last check: × 1.3 above 10 % of what is kept, 1.2 above
    0.5 %, 1.1 above nothing; while it never rose, / 5 and start again.
    """
    gram = gram.clone()
    gram.diagonal().add_(damping * gram.diagonal().mean())
    norms = gram.diagonal().sqrt() + 1e-8
    gram = gram / norms / norms[:, None]
    dense = weight * norms
    target = dense @ gram
    values, vectors = torch.linalg.eigh(gram.double())
    kept_count = weight.numel() * n / m

    def inverse():
        return ((vectors / (values + rho)) @ vectors.t()).float()

    def projected(x):
        return keep_largest(x, x.square(), n, m)

    first = projected(dense)
    supported, support = first, first != 0
    multiplier = torch.zeros_like(dense)
    solver, has_risen = inverse(), False
    for iteration in range(iterations):
        free = (target - multiplier).add_(supported, alpha=rho) @ solver
        supported = projected(torch.add(free, multiplier, alpha=1.0 / rho))
        multiplier.add_(free - supported, alpha=rho)
        if (iteration + 1) % check != 0:
            continue
        before, support = support, supported != 0
        change = torch.count_nonzero(before ^ support).item()
        if change == 0 and has_risen:
            break
        has_risen = has_risen or change > 0.005 * kept_count
        if has_risen:
            rho = min(rho * (1.3 if change > 0.1 * kept_count else 1.2 if change > 0.005 * kept_count else 1.1), 1e6)
        else:
            rho /= 5
            if change > 0:
                supported, multiplier = first, torch.zeros_like(dense)
        if iteration >= settled_after and change < 0.0003 * kept_count:
            break
        solver = inverse()
    free = projected(free)
    return conjugate_gradients(gram, target, free, (free != 0).float()) / norms
