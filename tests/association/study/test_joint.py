"""The joint test against its definition, and the tail of χ² beyond floating point."""

import numpy as np
import pytest
from scipy.stats import chi2, norm
from tcra.association.study.joint import chi2_ln_sf, joint_test
from tcra.common.pvalues import ln_pvalue


def test_joint_test() -> None:
    z = np.array([2.0, 3.0])
    alone = joint_test(z, np.eye(2))
    assert alone.dof == 2
    np.testing.assert_allclose([alone.statistic, np.exp(alone.ln_p)], [13.0, chi2.sf(13.0, 2)])
    r = 0.6
    both = joint_test(z, np.array([[1, r], [r, 1]]))
    np.testing.assert_allclose(both.statistic, (4 + 9 - 2 * r * 6) / (1 - r * r))
    # Two copies of one model are one test.
    copies = joint_test(np.array([3.0, 3.0]), np.ones((2, 2)))
    assert copies.dof == 1
    np.testing.assert_allclose(np.exp(copies.ln_p), 2 * norm.sf(3.0), rtol=1e-9)
    assert joint_test(z, np.array([[1, 0.99], [0.99, 1]])).dof == 1  # condition number 199, above 30


@pytest.mark.parametrize("dof", [1, 2, 5, 9])
def test_chi2_tail_beyond_floating_point(dof: int) -> None:
    near = chi2.isf(1e-285, dof)
    x = chi2.isf(1e-291, dof)  # just below the change of formula
    np.testing.assert_allclose(chi2_ln_sf(x, dof), np.log(1e-291), rtol=1e-9)
    assert chi2_ln_sf(near, dof) > chi2_ln_sf(x, dof) > chi2_ln_sf(4000.0, dof)
    if dof == 1:
        np.testing.assert_allclose(chi2_ln_sf(60.0**2, 1), ln_pvalue([60.0])[0], rtol=1e-12)
