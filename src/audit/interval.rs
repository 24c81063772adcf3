//! The exact interval of a share (Clopper and Pearson 1934), beside Wilson's in `metric.rs`.
//!
//! Its bounds are quantiles of beta distributions: lower `B(0.025; k, n-k+1)`, upper
//! `B(0.975; k+1, n-k)`.

/// Logarithm of the gamma function for positive `x`: Stirling's series, after shifting upwards.
fn ln_gamma(x: f64) -> f64 {
    let (mut x, mut shift) = (x, 0.0);
    while x < 15.0 {
        shift -= x.ln();
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    let series = (1.0 / 12.0
        - square * (1.0 / 360.0 - square * (1.0 / 1260.0 - square * (1.0 / 1680.0))))
        / x;
    shift + (x - 0.5) * x.ln() - x + 0.5 * std::f64::consts::TAU.ln() + series
}

/// The regularised incomplete beta function, by its continued fraction (Lentz).
fn beta_below(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return f64::from(u8::from(x >= 1.0));
    }
    // The fraction converges fast on this side; the function is symmetric.
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - beta_below(1.0 - x, b, a);
    }
    let front =
        (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p()).exp() / a;
    let away = |v: f64| if v.abs() < 1e-300 { 1e-300 } else { v };
    let mut d = 1.0 / away(1.0 - (a + b) * x / (a + 1.0));
    let (mut c, mut fraction) = (1.0, d);
    for i in 1..10_000 {
        let m = f64::from(i);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut last = 1.0;
        for step in [even, odd] {
            d = 1.0 / away(1.0 + step * d);
            c = away(1.0 + step / c);
            last = c * d;
            fraction *= last;
        }
        if (last - 1.0).abs() < 1e-15 {
            break;
        }
    }
    front * fraction
}

/// Where the beta distribution has this share below it; bisection down to neighbouring numbers.
fn beta_quantile(share: f64, a: f64, b: f64) -> f64 {
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        *(if beta_below(middle, a, b) < share { &mut low } else { &mut high }) = middle;
    }
    f64::midpoint(low, high)
}

/// The exact 95 % interval of `hits` of `of`; everything when there is nothing.
///
/// # Examples
/// ```
/// let [low, high] = caseveil::audit::clopper_pearson(0, 100);
/// assert_eq!((low, (high * 1e6).round()), (0.0, 36217.0));
/// ```
pub fn clopper_pearson(hits: usize, of: usize) -> [f64; 2] {
    let (k, n) = (hits as f64, of as f64);
    let low = if hits == 0 { 0.0 } else { beta_quantile(0.025, k, n - k + 1.0) };
    let high = if hits >= of { 1.0 } else { beta_quantile(0.975, k + 1.0, n - k) };
    [low, high]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_those_of_the_literature() {
        // With no hit or only hits the bounds have a closed form: 1 - 0.025^(1/n).
        for n in [1, 3, 10, 100, 5723, 100_000] {
            let closed = 1.0 - 0.025_f64.powf(1.0 / n as f64);
            let [low, high] = clopper_pearson(0, n);
            assert!(low == 0.0 && (high - closed).abs() < 1e-12, "{n}: {high} {closed}");
            let [low, high] = clopper_pearson(n, n);
            assert!(high == 1.0 && (low - (1.0 - closed)).abs() < 1e-11, "{n}: {low}");
        }
        assert_eq!(clopper_pearson(0, 0), [0.0, 1.0]);
    }

    #[test]
    fn bounds_are_where_the_binomial_tails_are_a_fortieth() {
        // The definition itself, summed term by term: no beta function in it.
        let tail = |p: f64, n: usize, from: usize, to: usize| -> f64 {
            let mut term = (1.0 - p).powi(n as i32);
            let mut sum = 0.0;
            for k in 0..=to {
                sum += if k >= from { term } else { 0.0 };
                term *= (n - k) as f64 / (k + 1) as f64 * p / (1.0 - p);
            }
            sum
        };
        for (k, n) in [(1, 2), (8, 10), (1, 30), (15, 30), (97, 100), (263, 300), (1, 500)] {
            let [low, high] = clopper_pearson(k, n);
            assert!((tail(low, n, k, n) - 0.025).abs() < 1e-9, "{k} of {n}: low {low}");
            assert!((tail(high, n, 0, k) - 0.025).abs() < 1e-9, "{k} of {n}: high {high}");
        }
        let ten = clopper_pearson(8, 10).map(|x| (x * 1e7).round() / 1e7);
        assert_eq!(ten, [0.443_904_5, 0.974_789_3]);
    }
}
